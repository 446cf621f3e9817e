//! The end: streams close, requests in flight are answered, and nothing is served afterwards.

use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use crate::client::{Events, get};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_ends_streams_and_returns() {
    let mut world = World::new().await;
    let mut events = Events::open(world.address, "/api/v1/stream").await;
    let idle = TcpStream::connect(world.address).await.unwrap();
    assert_eq!(get(world.address, "/healthz").await.status, 200);
    world.stop();
    let (event, data) = events.next().await.expect("a last event");
    assert_eq!((event.as_str(), data["reason"].as_str()), ("end", Some("shutdown")));
    assert!(events.next().await.is_none());
    let address = world.address;
    tokio::time::timeout(Duration::from_secs(15), world.ended()).await.expect("it returns").unwrap();
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    drop(idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_flight_is_answered() {
    let mut world = World::new().await;
    *world.known.stall.lock().unwrap() = Duration::from_millis(500);
    let address = world.address;
    let asked = tokio::spawn(async move { get(address, "/api/v1/sources").await });
    world.known.asked.notified().await;
    world.stop();
    assert_eq!(asked.await.unwrap().status, 200);
    world.ended().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn other_machines_cannot_be_served() {
    let world = World::new().await;
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let error = magpie_api::serve(listener, world.api.clone(), std::future::pending()).await.unwrap_err();
    assert!(error.to_string().contains("no TLS"), "{error}");
}

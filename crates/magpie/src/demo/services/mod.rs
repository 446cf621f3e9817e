//! The services of the demo's little video shop: gateway, search, video, user, order and stock.
//! Each really answers HTTP, really calls the others, and writes its own logs in its own format; what is played is only the work itself,
//! a wait of a drawn length. How they are wired and started is the parent's affair.

mod gateway;
mod order;
mod search;
mod stock;
mod user;
mod video;

pub(super) use gateway::{Gateway, Upstreams};
pub(super) use order::{Order, OrderLogs};
pub(super) use search::{Search, SearchLogs};
pub(super) use stock::Stock;
pub(super) use user::User;
pub(super) use video::Video;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Waits as long as some piece of work might take: log-normally distributed around `median_ms`, so that most are near it and a few are
/// twice or three times as long.
async fn work(median_ms: f64) {
    const SPREAD: f64 = 0.35;
    let millis = median_ms * (SPREAD * standard_normal()).exp();
    tokio::time::sleep(Duration::from_secs_f64(millis / 1e3)).await;
}

/// Sum of twelve uniform draws less six: close enough to normal, and bounded.
fn standard_normal() -> f64 {
    (0..12).map(|_| fastrand::f64()).sum::<f64>() - 6.0
}

/// Whether something happens that happens with this probability.
fn chance(probability: f64) -> bool {
    fastrand::f64() < probability
}

/// A JSON document of about `bytes` bytes: one named id and some text.
fn document(key: &str, id: &str, bytes: usize) -> String {
    const TEXT: &str = "the quick brown fox jumps over the lazy dog and ";
    let text: String = TEXT.chars().cycle().take(bytes).collect();
    format!(r#"{{"{key}":"{id}","text":"{text}"}}"#)
}

/// The hosts of one module, called in turn.
#[derive(Debug)]
pub(super) struct Hosts {
    addresses: Vec<SocketAddr>,
    next: AtomicUsize,
}

impl Hosts {
    /// The hosts of a module, of which there must be at least one.
    pub(super) fn new(first: SocketAddr, more: &[SocketAddr]) -> Hosts {
        let mut addresses = vec![first];
        addresses.extend_from_slice(more);
        Hosts { addresses, next: AtomicUsize::new(0) }
    }

    fn next(&self) -> SocketAddr {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        self.addresses[turn % self.addresses.len()]
    }
}

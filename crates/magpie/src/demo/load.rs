//! The clients outside: people who search, watch, look at their profile and order, each from an address of its own.
//! Together they make about 55 requests a second, 30 to 80 as a slow wave and chance will have it, so that charts have a shape.
//! A client waits for its answer before it asks again; what it gets is not looked at, for the demo's results are in the logs.

use std::f64::consts::TAU;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::Method;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::caller::{Call, Caller};
use super::trace::{Trace, uuid_v4};

/// How many clients there are; the last one has the address 127.0.9.32.
pub(super) const CLIENTS: u8 = 32;

/// Accounts that clients have between them.
const ACCOUNTS: usize = 200;

/// Mean requests per second, and how far the wave goes up and down.
const MEAN_RATE: f64 = 60.0;
const WAVE: f64 = 20.0;
const WAVE_SECONDS: f64 = 120.0;

const PATIENCE: Duration = Duration::from_secs(5);

const BROWSERS: [&str; 4] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "curl/8.14.1",
];

const WORDS: [&str; 8] = ["magpie", "nest", "feather", "song", "winter", "forest", "shiny", "flight"];

/// Starts all clients; each runs until `stop` turns true and ends after the answer it is waiting for.
pub(super) fn start(gateway: SocketAddr, stop: &watch::Receiver<bool>, clients: &mut JoinSet<()>) {
    let began = Instant::now();
    let accounts: Arc<[String]> = (0..ACCOUNTS).map(|_| uuid_v4(fastrand::u128(..))).collect();
    for number in 1..=CLIENTS {
        let address = IpAddr::V4(Ipv4Addr::new(127, 0, 9, number));
        let visitor = Visitor {
            caller: Caller::from_address(address),
            gateway,
            browser: BROWSERS[usize::from(number) % BROWSERS.len()],
            accounts: Arc::clone(&accounts),
        };
        clients.spawn(visitor.browse(began, stop.clone()));
    }
}

/// Requests per second that all clients together aim at, this long after the start.
fn rate(since_start: Duration) -> f64 {
    MEAN_RATE + WAVE * (TAU * since_start.as_secs_f64() / WAVE_SECONDS).sin()
}

/// One client.
struct Visitor {
    caller: Caller,
    gateway: SocketAddr,
    browser: &'static str,
    accounts: Arc<[String]>,
}

impl Visitor {
    async fn browse(self, began: Instant, mut stop: watch::Receiver<bool>) {
        loop {
            let pause = exponential(f64::from(CLIENTS) / rate(began.elapsed()));
            tokio::select! {
                // An error means that the owner is gone, which is a reason to stop as well.
                _ = stop.wait_for(|stopping| *stopping) => break,
                () = tokio::time::sleep(pause) => {}
            }
            self.caller.call(&self.next_request()).await;
        }
        self.caller.close().await;
    }

    fn next_request(&self) -> Call {
        let (method, target, body) = self.wish();
        Call {
            method,
            peer: self.gateway,
            target,
            authority: "shop.example".to_owned(),
            user_agent: self.browser.to_owned(),
            referer: fastrand::bool().then(|| "http://shop.example/".to_owned()),
            forwarded_for: None,
            trace: Trace::begin(),
            body,
            patience: PATIENCE,
        }
    }

    /// What a client wants: of a hundred requests 35 search, 29 watch, 20 look at a profile, 15 order or follow an order.
    fn wish(&self) -> (Method, String, Bytes) {
        let get = |target: String| (Method::GET, target, Bytes::new());
        match fastrand::u32(0..100) {
            0..35 => {
                let word = WORDS[fastrand::usize(..WORDS.len())];
                get(format!("/search?q={word}&page={}", fastrand::u32(1..4)))
            }
            35..64 => get(format!("/videos/{}", fastrand::u32(1..20_000))),
            64..84 => get(format!("/users/{}/profile", self.account())),
            84..92 => {
                let sku = fastrand::u32(1000..1300);
                let body = format!(r#"{{"user":"{}","sku":"SKU-{sku}"}}"#, self.account());
                (Method::POST, "/orders".to_owned(), body.into())
            }
            92..99 => get(format!("/orders/{}", fastrand::u32(70_000..80_000))),
            _ => get("/favicon.ico".to_owned()),
        }
    }

    fn account(&self) -> &str {
        &self.accounts[fastrand::usize(..self.accounts.len())]
    }
}

/// A pause drawn so that requests come independently of each other, at most ten times the mean.
fn exponential(mean_seconds: f64) -> Duration {
    let draw = -(1.0 - fastrand::f64()).ln();
    Duration::from_secs_f64(mean_seconds * draw.min(10.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_a_wave_of_two_minutes() {
        let cases = [(0, 60.0), (30, 80.0), (60, 60.0), (90, 40.0), (120, 60.0)];
        for (seconds, expected) in cases {
            let rate = rate(Duration::from_secs(seconds));
            assert!((rate - expected).abs() < 1e-6, "{seconds} s: {rate}");
        }
    }

    #[test]
    fn pauses_average_to_their_mean_and_are_bounded() {
        let draws = 20_000;
        let pauses: Vec<f64> = (0..draws).map(|_| exponential(0.5).as_secs_f64()).collect();
        let mean = pauses.iter().sum::<f64>() / f64::from(draws);
        assert!((mean - 0.5).abs() < 0.03, "{mean}");
        assert!(pauses.iter().all(|pause| *pause <= 5.0));
    }
}

//! Which server to send to, and when: failover, waiting as told, and backing off with jitter. Time is an argument.

use std::time::{Duration, Instant};

/// First and longest wait after a failure.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A server may ask for no more than this.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

#[derive(Clone, Debug)]
struct Server {
    failures: u32,
    ready_at: Instant,
}

/// The servers of one store, in the order in which they are preferred.
#[derive(Clone, Debug)]
pub(super) struct Servers {
    servers: Vec<Server>,
}

impl Servers {
    /// So many, all ready.
    pub(super) fn new(count: usize, now: Instant) -> Self {
        Self { servers: vec![Server { failures: 0, ready_at: now }; count] }
    }

    /// The first one that is ready, or how long until one is.
    pub(super) fn choose(&self, now: Instant) -> Result<usize, Duration> {
        if let Some(index) = self.servers.iter().position(|server| server.ready_at <= now) {
            return Ok(index);
        }
        let soonest = self.servers.iter().map(|server| server.ready_at).min().unwrap_or(now);
        Err(soonest.saturating_duration_since(now))
    }

    /// It took what was sent.
    pub(super) fn worked(&mut self, index: usize) {
        self.servers[index].failures = 0;
    }

    /// It could not be reached, or said that it cannot: it is left alone for twice as long each time, of which up to
    /// half by chance (`luck` from 0 to 1), so that many agents do not come back at once.
    pub(super) fn failed(&mut self, index: usize, now: Instant, luck: f64) {
        let server = &mut self.servers[index];
        let wait = FIRST_WAIT.saturating_mul(1 << server.failures.min(16)).min(LONGEST_WAIT);
        server.failures += 1;
        server.ready_at = now + wait.mul_f64(1.0 - luck / 2.0);
    }

    /// It asked to be left alone for so long.
    pub(super) fn asked_to_wait(&mut self, index: usize, wait: Duration, now: Instant, luck: f64) {
        self.servers[index].ready_at = now + wait.min(LONGEST_ASKED) + FIRST_WAIT.mul_f64(luck);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_server_takes_over_and_the_first_is_tried_again() {
        let start = Instant::now();
        let after = |seconds: f64| start + Duration::from_secs_f64(seconds);
        let mut servers = Servers::new(2, start);
        assert_eq!(servers.choose(start), Ok(0));
        servers.failed(0, start, 0.0);
        assert_eq!(servers.choose(start), Ok(1), "failover at once");
        servers.worked(1);
        assert_eq!(servers.choose(after(0.3)), Ok(0), "the first is preferred once it is ready");
        servers.failed(0, after(0.3), 0.0);
        assert_eq!(servers.choose(after(0.6)), Ok(1), "it is left alone for longer");
        servers.failed(1, after(0.6), 0.0);
        assert_eq!(servers.choose(after(0.6)), Err(Duration::from_millis(100)), "then both are waited for");
    }

    #[test]
    fn waits_grow_to_half_a_minute_and_scatter() {
        for (luck, first, last) in [(0.0, 0.2, 30.0), (1.0, 0.1, 15.0)] {
            let start = Instant::now();
            let mut servers = Servers::new(1, start);
            let waits: Vec<f64> = (0..20)
                .map(|_| {
                    servers.failed(0, start, luck);
                    servers.choose(start).expect_err("it waits").as_secs_f64()
                })
                .collect();
            assert!((waits[0] - first).abs() < 1e-6 && (waits[19] - last).abs() < 1e-6, "{waits:?}");
            assert!(waits.is_sorted());
        }
    }

    #[test]
    fn a_server_that_says_when_is_asked_then_and_not_before() {
        let start = Instant::now();
        let mut servers = Servers::new(1, start);
        servers.asked_to_wait(0, Duration::from_secs(7), start, 0.0);
        assert_eq!(servers.choose(start), Err(Duration::from_secs(7)));
        assert_eq!(servers.choose(start + Duration::from_secs(7)), Ok(0));
        servers.asked_to_wait(0, Duration::from_secs(1_000_000), start, 0.0);
        assert_eq!(servers.choose(start), Err(LONGEST_ASKED), "nobody is believed for ever");
    }
}

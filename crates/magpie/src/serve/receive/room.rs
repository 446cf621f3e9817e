//! Memory for what was acknowledged and has not been taken by the pipeline yet.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A number of bytes that may be held at once.
#[derive(Debug)]
pub(super) struct Room {
    free: Mutex<usize>,
    given_back: Condvar,
    all: usize,
}

impl Room {
    pub(super) fn new(all: usize) -> Self {
        Self { free: Mutex::new(all), given_back: Condvar::new(), all }
    }

    /// Takes room, waiting up to `patience` for it; `false` when there was none. What is larger than all of it needs all of it.
    pub(super) fn take(&self, bytes: usize, patience: Duration) -> bool {
        let (bytes, until) = (bytes.min(self.all), Instant::now() + patience);
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free < bytes {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            free = self.given_back.wait_timeout(free, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        *free -= bytes;
        true
    }

    /// Gives back what was taken.
    pub(super) fn give_back(&self, bytes: usize) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        *free = (*free + bytes.min(self.all)).min(self.all);
        self.given_back.notify_all();
    }

    /// Bytes held now.
    pub(super) fn held(&self) -> usize {
        self.all - *self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_as_much_room_as_there_is() {
        let room = Room::new(10);
        assert!(room.take(6, Duration::ZERO) && !room.take(5, Duration::ZERO) && room.take(4, Duration::ZERO));
        assert_eq!(room.held(), 10);
        room.give_back(6);
        assert!(!room.take(100, Duration::ZERO), "more than all needs all");
        room.give_back(4);
        assert!(room.take(100, Duration::ZERO));
        assert_eq!(room.held(), 10);
        room.give_back(100);
        assert_eq!(room.held(), 0);
    }
}

//! What was read and waits to be sent: two lanes of chunks with a bound on their bytes.
//!
//! A lane that is full takes nothing; its followers then read nothing, and the files hold what waits. Each lane has half of
//! the room, so that neither can keep the other out.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use magpie_model::origin::Chunk;

use crate::{Lane, Offered, Sink};

/// The two lanes.
#[derive(Debug)]
pub(super) struct Inbox {
    room: usize,
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lanes: [VecDeque<Chunk>; 2],
    bytes: [usize; 2],
    closed: bool,
}

/// What a lane holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) fresh: bool,
    pub(super) backlog: bool,
    /// Nothing more will come.
    pub(super) closed: bool,
}

impl Inbox {
    /// With room for so many bytes of lines.
    pub(super) fn new(room: usize) -> Arc<Self> {
        Arc::new(Self { room, state: Mutex::default(), arrived: Condvar::new() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What waits; if nothing does, after something came or `patience` is over.
    pub(super) fn wait(&self, patience: Duration) -> Waiting {
        let deadline = Instant::now() + patience;
        let mut state = self.lock();
        loop {
            let waiting = Waiting { fresh: !state.lanes[0].is_empty(), backlog: !state.lanes[1].is_empty(), closed: state.closed };
            let left = deadline.saturating_duration_since(Instant::now());
            if waiting.fresh || waiting.backlog || waiting.closed || left.is_zero() {
                return waiting;
            }
            state = self.arrived.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The next chunk of a lane, after at most `patience`.
    pub(super) fn take(&self, lane: Lane, patience: Duration) -> Option<Chunk> {
        let (lane, deadline) = (lane as usize, Instant::now() + patience);
        let mut state = self.lock();
        loop {
            if let Some(chunk) = state.lanes[lane].pop_front() {
                state.bytes[lane] -= chunk.bytes.len();
                return Some(chunk);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if state.closed || left.is_zero() {
                return None;
            }
            state = self.arrived.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The first chunk of any lane for which `is` holds, if there is one.
    pub(super) fn take_where(&self, is: impl Fn(&Chunk) -> bool) -> Option<Chunk> {
        let mut state = self.lock();
        let State { lanes, bytes, .. } = &mut *state;
        lanes.iter_mut().zip(bytes).find_map(|(lane, bytes)| {
            let chunk = lane.remove(lane.iter().position(&is)?)?;
            *bytes -= chunk.bytes.len();
            Some(chunk)
        })
    }

    /// Whether nothing more is taken in.
    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Nothing more is taken in; what waits can still be taken out.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }
}

/// The end that followers see.
pub(super) struct Door(pub(super) Arc<Inbox>);

impl Door {
    /// Whether half of a lane's room is used up.
    pub(super) fn is_half_full(&self, lane: Lane) -> bool {
        self.0.lock().bytes[lane as usize] >= self.0.room / 4
    }
}

impl Sink for Door {
    fn offer(&mut self, lane: Lane, chunk: Chunk) -> Offered {
        let inbox = &self.0;
        let mut state = inbox.lock();
        if state.closed {
            return Offered::Closed;
        }
        let held = state.bytes[lane as usize];
        if held > 0 && held + chunk.bytes.len() > inbox.room / 2 {
            return Offered::Full(chunk);
        }
        state.bytes[lane as usize] += chunk.bytes.len();
        state.lanes[lane as usize].push_back(chunk);
        inbox.arrived.notify_one();
        Offered::Taken
    }
}

//! The pairer's memory as bytes, for the commit that makes it durable together with the segment (design 4).
//!
//! A version byte, then `postcard`: spans in order of arrival, resources by number, trace ids only where they change;
//! about 25 bytes for a span that is only remembered. What is read back is checked before it is believed.

use std::sync::Arc;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::pairing::{ANSWERED, AWAITED, COUNTED_ALONE, PARENT_PENDING, Remembered};
use super::{Ceilings, Pairer, PairingCounts, Resource, Span, SpanKey, SpanKind};

/// Version of the encoding, its first byte.
const VERSION: u8 = 1;

/// Why a pairer could not be read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Written by another version of Magpie.
    #[error("pending spans are stored in version {0}, this program reads version {VERSION}")]
    Version(u8),
    /// Not what was written.
    #[error("stored pending spans are damaged: {0}")]
    Damaged(&'static str),
}

#[derive(Serialize, Deserialize)]
struct State {
    passed: i64,
    settled: u64,
    counts: PairingCounts,
    resources: Vec<Resource>,
    spans: Vec<Stored>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    /// `None` for the trace of the span before.
    trace: Option<[u8; 16]>,
    span: [u8; 8],
    /// Nanoseconds after the span before.
    after: u64,
    resource: u32,
    kind: SpanKind,
    flags: u8,
    elapsed: Option<u64>,
    half: Option<Box<Span>>,
}

impl Pairer {
    /// Everything that must survive a restart. Equal memories give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut numbers: HashMap<&Resource, u32> = HashMap::new();
        // Most spans share their resource by pointer, which spares hashing its words.
        let mut known: HashMap<*const Resource, u32> = HashMap::new();
        let mut state = State { passed: self.passage.passed, settled: 0, counts: self.counts, resources: Vec::new(), spans: Vec::new() };
        let (mut trace, mut came) = (None, 0);
        for (at, (time, key)) in self.queue.iter().enumerate() {
            let Some(span) = self.spans.get(key).filter(|span| span.place == self.first_place + at as u64) else { continue };
            let resource = *known.entry(Arc::as_ptr(&span.resource)).or_insert_with(|| {
                *numbers.entry(&span.resource).or_insert_with(|| {
                    state.resources.push(Resource::clone(&span.resource));
                    (state.resources.len() - 1) as u32
                })
            });
            state.settled += u64::from(at < self.settled);
            state.spans.push(Stored {
                trace: (trace != Some(key.trace)).then_some(key.trace),
                span: key.span,
                after: time.abs_diff(came),
                resource,
                kind: span.kind,
                flags: span.flags,
                elapsed: span.elapsed.map(i64::unsigned_abs),
                half: span.half.clone(),
            });
            (trace, came) = (Some(key.trace), *time);
        }
        // Writing to memory cannot fail for types that `postcard` can write at all, which the tests show for these.
        postcard::to_extend(&state, vec![VERSION]).unwrap_or_default()
    }

    /// Reads back what [`Pairer::to_bytes`] wrote. The time until the first call after it does not count as waiting.
    pub fn from_bytes(bytes: &[u8], span_wait: i64, ceilings: Ceilings) -> Result<Self, StateError> {
        let (&version, rest) = bytes.split_first().ok_or(StateError::Damaged("empty"))?;
        if version != VERSION {
            return Err(StateError::Version(version));
        }
        let (state, rest) = postcard::take_from_bytes::<State>(rest).map_err(|_| StateError::Damaged("not readable"))?;
        if !rest.is_empty() {
            return Err(StateError::Damaged("too long"));
        }
        state.into_pairer(span_wait, ceilings)
    }
}

impl State {
    fn into_pairer(self, span_wait: i64, ceilings: Ceilings) -> Result<Pairer, StateError> {
        let mut pairer = Pairer::resumed(span_wait, ceilings, self.passed, self.counts);
        let resources: Vec<Arc<Resource>> = self.resources.into_iter().map(|resource| pairer.share(Arc::new(resource))).collect();
        pairer.counts.folded = self.counts.folded;
        let settled = usize::try_from(self.settled).ok().filter(|&settled| settled <= self.spans.len());
        pairer.settled = settled.ok_or(StateError::Damaged("more spans settled than there are"))?;
        let (mut trace, mut came) = (None, 0i64);
        for (at, stored) in self.spans.into_iter().enumerate() {
            trace = stored.trace.or(trace);
            let key = SpanKey { trace: trace.ok_or(StateError::Damaged("no trace id"))?, span: stored.span };
            came = came.checked_add_unsigned(stored.after).ok_or(StateError::Damaged("impossible time"))?;
            let resource = resources.get(stored.resource as usize).ok_or(StateError::Damaged("unknown resource"))?;
            let remembered = stored.into_remembered(key, resource)?;
            if remembered.half.is_some() && at < pairer.settled {
                return Err(StateError::Damaged("a settled half waits"));
            }
            if pairer.spans.contains_key(&key) {
                return Err(StateError::Damaged("a span twice"));
            }
            pairer.restore(key, came, remembered);
        }
        if came > pairer.passage.passed {
            return Err(StateError::Damaged("a span from the future"));
        }
        Ok(pairer)
    }
}

impl Stored {
    fn into_remembered(self, key: SpanKey, resource: &Arc<Resource>) -> Result<Remembered, StateError> {
        let elapsed = self.elapsed.map(i64::try_from).transpose().map_err(|_| StateError::Damaged("impossible duration"))?;
        let mut half = self.half;
        if let Some(span) = &mut half {
            (span.key, span.kind, span.resource) = (key, self.kind, Arc::clone(resource));
        }
        let parent_pending = self.flags & PARENT_PENDING != 0;
        let remembered = Remembered { place: 0, resource: Arc::clone(resource), half, elapsed, kind: self.kind, flags: self.flags };
        if self.flags & !(AWAITED | PARENT_PENDING | ANSWERED | COUNTED_ALONE) != 0
            || remembered.waits() != remembered.half.is_some()
            || (parent_pending && remembered.half.as_ref().is_none_or(|half| half.parent.is_none()))
        {
            return Err(StateError::Damaged("impossible flags"));
        }
        Ok(remembered)
    }
}

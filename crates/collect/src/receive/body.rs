//! The body of a request: read within bounds of size, memory and time, and unpacked within bounds again.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Bytes of a body as it is sent.
pub(super) const LARGEST_BODY: usize = 8 << 20;
/// Bytes of a body once it is unpacked: what is larger is refused, however small it was packed.
pub(super) const LARGEST_UNPACKED: usize = 32 << 20;
/// Time that a client has to send a body.
const PATIENCE: Duration = Duration::from_secs(30);
/// Time that a body waits for memory, while other bodies have it all.
const WAIT_FOR_ROOM: Duration = Duration::from_secs(5);
/// Bytes of all bodies that one receiver holds as they are sent: the beginnings, and what follows them.
const ALL_BODIES: [usize; 2] = [16 << 20, 48 << 20];
/// Bytes of all bodies that one receiver holds unpacked. What follows a beginning is enough for three of the largest, so that
/// many bombs at once are no more than three.
const ALL_UNPACKED: [usize; 2] = [32 << 20, 96 << 20];
/// Bytes of the beginning of a body.
const BEGINNING: usize = 256 << 10;
/// How often a body that finds no room looks again.
const LOOK: Duration = Duration::from_millis(20);
/// Bytes of one permit.
const UNIT: usize = 1 << 10;
/// Largest window of zstd that is allowed, as a power of two: more would be memory of the sender's choice.
const LARGEST_WINDOW: u32 = 24;

/// Bytes and time for a body that is not wanted.
const DISCARDED: usize = 64 << 10;
const DISCARD_PATIENCE: Duration = Duration::from_millis(500);

/// Memory for the bodies of one receiver.
#[derive(Clone)]
pub(super) struct Room {
    sent: Pool,
    unpacked: Pool,
}

impl Default for Room {
    fn default() -> Self {
        Self { sent: Pool::new(ALL_BODIES), unpacked: Pool::new(ALL_UNPACKED) }
    }
}

/// Memory in two parts, so that no two bodies wait for what the other one holds: each has its beginning in the first part, and
/// one that is larger asks the second part once, for all that may follow. Who was given that never waits again.
#[derive(Clone)]
struct Pool([Arc<Semaphore>; 2]);

/// Of which part.
#[derive(Clone, Copy, Debug)]
enum Part {
    Beginning,
    Rest,
}

impl Pool {
    fn new(bytes: [usize; 2]) -> Self {
        Self(bytes.map(|bytes| Arc::new(Semaphore::new(bytes / UNIT))))
    }

    fn part(&self, part: Part) -> Arc<Semaphore> {
        Arc::clone(&self.0[part as usize])
    }

    async fn get(&self, part: Part, bytes: usize) -> Result<OwnedSemaphorePermit, Unread> {
        let waited = timeout(WAIT_FOR_ROOM, self.part(part).acquire_many_owned(units(bytes))).await;
        waited.ok().and_then(Result::ok).ok_or(Unread::NoRoom)
    }

    /// Waits on a thread that may block.
    fn get_blocking(&self, part: Part, bytes: usize) -> Result<OwnedSemaphorePermit, Unread> {
        let until = Instant::now() + WAIT_FOR_ROOM;
        loop {
            match self.part(part).try_acquire_many_owned(units(bytes)) {
                Ok(permit) => return Ok(permit),
                Err(_) if Instant::now() >= until => return Err(Unread::NoRoom),
                Err(_) => std::thread::sleep(LOOK),
            }
        }
    }
}

/// Permits for a number of bytes, all of which a semaphore here counts in 32 bits.
fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

/// A body that was read, or unpacked; its memory is given back when it goes.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    room: [Option<OwnedSemaphorePermit>; 2],
}

impl Body {
    /// Which part the body needs before it holds so many bytes, and how much of it; `None` when it has enough.
    fn lacks(&self, bytes: usize, largest: usize) -> Option<(Part, usize)> {
        if self.room[Part::Beginning as usize].is_none() {
            return Some((Part::Beginning, BEGINNING));
        }
        (bytes > BEGINNING && self.room[Part::Rest as usize].is_none()).then_some((Part::Rest, largest - BEGINNING))
    }

    /// Gives back what a body that is whole does not need.
    fn settle(&mut self) {
        let rest = self.bytes.len().saturating_sub(BEGINNING);
        for (permit, bytes) in self.room.iter_mut().zip([self.bytes.len().min(BEGINNING), rest]) {
            if let Some(permit) = permit {
                drop(permit.split(permit.num_permits().saturating_sub(units(bytes) as usize)));
            }
        }
    }
}

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// Larger than allowed, packed or unpacked.
    TooLarge,
    /// There is no memory for it now.
    NoRoom,
    /// The client was too slow, or went away.
    Broken,
    /// Not packed as it says.
    Corrupt,
}

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Packing {
    /// By the name that HTTP and gRPC use; `None` for one that is not taken.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Some(Self::Plain),
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// Reads a body to its end.
pub(super) async fn read(body: Incoming, room: &Room) -> Result<Body, Unread> {
    timeout(PATIENCE, collect(body, room)).await.unwrap_or(Err(Unread::Broken))
}

async fn collect(mut body: Incoming, room: &Room) -> Result<Body, Unread> {
    // What the sender says is believed only where it is less.
    let announced = body.size_hint().upper().and_then(|bytes| usize::try_from(bytes).ok());
    let largest = announced.unwrap_or(LARGEST_BODY).clamp(BEGINNING, LARGEST_BODY);
    let mut whole = Body::default();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else { continue };
        let bytes = whole.bytes.len() + data.len();
        if bytes > LARGEST_BODY {
            return Err(Unread::TooLarge);
        }
        while let Some((part, lacking)) = whole.lacks(bytes, largest) {
            whole.room[part as usize] = Some(room.sent.get(part, lacking).await?);
        }
        whole.bytes.extend_from_slice(&data);
    }
    whole.settle();
    Ok(whole)
}

/// Unpacks a body, up to the bound. May block while other bodies have all the memory.
pub(super) fn unpack(packing: Packing, packed: Vec<u8>, room: &Room) -> Result<Body, Unread> {
    match packing {
        Packing::Plain => Ok(Body { bytes: packed, ..Body::default() }),
        Packing::Gzip => read_bounded(flate2::bufread::MultiGzDecoder::new(packed.as_slice()), room),
        Packing::Zstd => {
            let corrupt = |_: io::Error| Unread::Corrupt;
            let mut decoder = zstd::stream::read::Decoder::with_buffer(packed.as_slice()).map_err(corrupt)?;
            decoder.window_log_max(LARGEST_WINDOW).map_err(corrupt)?;
            read_bounded(decoder, room)
        }
    }
}

fn read_bounded(mut reader: impl Read, room: &Room) -> Result<Body, Unread> {
    let mut whole = Body::default();
    loop {
        let bytes = whole.bytes.len() + BEGINNING;
        while let Some((part, lacking)) = whole.lacks(bytes, LARGEST_UNPACKED) {
            whole.room[part as usize] = Some(room.unpacked.get_blocking(part, lacking)?);
        }
        let read = reader.by_ref().take(BEGINNING as u64).read_to_end(&mut whole.bytes).map_err(|_| Unread::Corrupt)?;
        if whole.bytes.len() > LARGEST_UNPACKED {
            return Err(Unread::TooLarge);
        }
        if read < BEGINNING {
            whole.settle();
            return Ok(whole);
        }
    }
}

/// Reads the beginning of a body that is not wanted. HTTP/2 resets the stream of a body that nobody reads, and a client that is
/// still sending it may see that before the answer.
pub(super) async fn discard(mut body: Incoming) {
    let reading = async {
        let mut read = 0;
        while read < DISCARDED
            && let Some(Ok(frame)) = body.frame().await
        {
            read += frame.data_ref().map_or(0, Bytes::len);
        }
    };
    // Who sends slowly is not waited for.
    let _ = timeout(DISCARD_PATIENCE, reading).await;
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_was_packed_is_unpacked() {
        let zstd = zstd::stream::encode_all(&b"hello"[..], 3).unwrap();
        for (packing, packed) in [(Packing::Plain, b"hello".to_vec()), (Packing::Gzip, gzip(b"hello")), (Packing::Zstd, zstd)] {
            assert_eq!(unpack(packing, packed, &Room::default()).unwrap().bytes, b"hello", "{packing:?}");
        }
    }

    #[test]
    fn a_zip_bomb_is_refused_at_the_bound() {
        let zeros = vec![0u8; LARGEST_UNPACKED + 1];
        let bombs = [(Packing::Gzip, gzip(&zeros)), (Packing::Zstd, zstd::stream::encode_all(zeros.as_slice(), 19).unwrap())];
        for (packing, bomb) in bombs {
            assert!(bomb.len() < 1 << 20);
            assert_eq!(unpack(packing, bomb, &Room::default()).unwrap_err(), Unread::TooLarge, "{packing:?}");
        }
    }

    #[test]
    fn bombs_together_take_no_more_than_there_is_for_all() {
        let room = Room::default();
        let large = gzip(&vec![0; LARGEST_UNPACKED - BEGINNING]);
        let held: Vec<Body> = (0..3).map(|_| unpack(Packing::Gzip, large.clone(), &room).unwrap()).collect();
        assert_eq!(unpack(Packing::Gzip, large.clone(), &room).unwrap_err(), Unread::NoRoom);
        assert!(unpack(Packing::Gzip, gzip(b"small"), &room).is_ok(), "small bodies pass large ones");
        drop(held);
        assert!(unpack(Packing::Gzip, large, &room).is_ok());
    }

    /// Forty bodies that grow at the same pace, none of which may keep the memory that another one needs to end.
    #[test]
    fn large_bodies_at_once_wait_for_each_other_in_turn() {
        let room = Room::default();
        let large = gzip(&vec![0; LARGEST_UNPACKED - BEGINNING]);
        let unpacked = std::thread::scope(|scope| {
            let growing: Vec<_> = (0..40).map(|_| scope.spawn(|| unpack(Packing::Gzip, large.clone(), &room).is_ok())).collect();
            growing.into_iter().map(|growing| growing.join().unwrap()).filter(|done| *done).count()
        });
        assert!(unpacked >= 3, "{unpacked} of 40");
    }

    #[test]
    fn a_body_that_is_whole_keeps_only_its_own_size() {
        let room = Room::default();
        let free = |part: Part| room.unpacked.part(part).available_permits() * UNIT;
        let held = unpack(Packing::Gzip, gzip(&vec![0; BEGINNING + UNIT]), &room).unwrap();
        assert_eq!((free(Part::Beginning), free(Part::Rest)), (ALL_UNPACKED[0] - BEGINNING, ALL_UNPACKED[1] - UNIT));
        drop(held);
        assert_eq!([free(Part::Beginning), free(Part::Rest)], ALL_UNPACKED);
    }

    #[test]
    fn what_is_not_packed_as_it_says_is_refused() {
        for packing in [Packing::Gzip, Packing::Zstd] {
            assert_eq!(unpack(packing, b"plain text".to_vec(), &Room::default()).unwrap_err(), Unread::Corrupt);
        }
        let mut cut = gzip(b"hello hello");
        cut.truncate(12);
        assert_eq!(unpack(Packing::Gzip, cut, &Room::default()).unwrap_err(), Unread::Corrupt);
        for (name, packing) in [("gzip", Some(Packing::Gzip)), ("", Some(Packing::Plain)), ("ZSTD", Some(Packing::Zstd)), ("br", None)] {
            assert_eq!(Packing::named(name), packing);
        }
    }
}

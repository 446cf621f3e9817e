//! The body of a request: read within bounds of size, memory and time, and unpacked within bounds again.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
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
/// Bytes of all bodies that one receiver holds as they are sent.
const ALL_BODIES: usize = 64 << 20;
/// Bytes of all bodies that one receiver holds unpacked: enough for four of the largest, so that many bombs at once are no more
/// than four.
const ALL_UNPACKED: usize = 128 << 20;
/// Bytes that are unpacked between two looks at how much room is left.
const PIECE: usize = 256 << 10;
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
    sent: Arc<Semaphore>,
    unpacked: Arc<Semaphore>,
}

impl Default for Room {
    fn default() -> Self {
        let of = |bytes: usize| Arc::new(Semaphore::new(bytes / UNIT));
        Self { sent: of(ALL_BODIES), unpacked: of(ALL_UNPACKED) }
    }
}

impl Room {
    /// Room for a piece of an unpacked body, waited for on a thread that may block.
    fn for_piece(&self) -> Result<OwnedSemaphorePermit, Unread> {
        let until = Instant::now() + WAIT_FOR_ROOM;
        loop {
            match Arc::clone(&self.unpacked).try_acquire_many_owned((PIECE / UNIT) as u32) {
                Ok(permit) => return Ok(permit),
                Err(_) if Instant::now() >= until => return Err(Unread::NoRoom),
                Err(_) => std::thread::sleep(LOOK),
            }
        }
    }
}

/// What a body held; its memory is given back when it goes.
#[derive(Debug)]
pub(super) struct Unpacked {
    pub(super) bytes: Vec<u8>,
    room: Option<OwnedSemaphorePermit>,
}

/// A body that was read; its memory is given back when it goes.
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    room: Option<OwnedSemaphorePermit>,
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
    let mut whole = Body { bytes: Vec::new(), room: None };
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else { continue };
        whole.add(&data, room).await?;
    }
    Ok(whole)
}

impl Body {
    async fn add(&mut self, data: &Bytes, room: &Room) -> Result<(), Unread> {
        if self.bytes.len() + data.len() > LARGEST_BODY {
            return Err(Unread::TooLarge);
        }
        let units = u32::try_from(data.len().div_ceil(UNIT)).map_err(|_| Unread::TooLarge)?;
        let waiting = Arc::clone(&room.sent).acquire_many_owned(units);
        let permit = timeout(WAIT_FOR_ROOM, waiting).await.map_err(|_| Unread::NoRoom)?.map_err(|_| Unread::NoRoom)?;
        match &mut self.room {
            Some(held) => held.merge(permit),
            None => self.room = Some(permit),
        }
        self.bytes.extend_from_slice(data);
        Ok(())
    }
}

/// Unpacks a body, up to the bound. May block while other bodies have all the memory.
pub(super) fn unpack(packing: Packing, packed: Vec<u8>, room: &Room) -> Result<Unpacked, Unread> {
    match packing {
        Packing::Plain => Ok(Unpacked { bytes: packed, room: None }),
        Packing::Gzip => read_bounded(flate2::bufread::MultiGzDecoder::new(packed.as_slice()), room),
        Packing::Zstd => {
            let corrupt = |_: io::Error| Unread::Corrupt;
            let mut decoder = zstd::stream::read::Decoder::with_buffer(packed.as_slice()).map_err(corrupt)?;
            decoder.window_log_max(LARGEST_WINDOW).map_err(corrupt)?;
            read_bounded(decoder, room)
        }
    }
}

fn read_bounded(mut reader: impl Read, room: &Room) -> Result<Unpacked, Unread> {
    let mut whole = Unpacked { bytes: Vec::new(), room: None };
    loop {
        let permit = room.for_piece()?;
        match &mut whole.room {
            Some(held) => held.merge(permit),
            None => whole.room = Some(permit),
        }
        let read = reader.by_ref().take(PIECE as u64).read_to_end(&mut whole.bytes).map_err(|_| Unread::Corrupt)?;
        if whole.bytes.len() > LARGEST_UNPACKED {
            return Err(Unread::TooLarge);
        }
        if read == 0 {
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
        let quarter = gzip(&vec![0; ALL_UNPACKED / 4 - PIECE]);
        let held: Vec<Unpacked> = (0..4).map(|_| unpack(Packing::Gzip, quarter.clone(), &room).unwrap()).collect();
        assert_eq!(unpack(Packing::Gzip, quarter.clone(), &room).unwrap_err(), Unread::NoRoom);
        drop(held);
        assert!(unpack(Packing::Gzip, quarter, &room).is_ok());
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

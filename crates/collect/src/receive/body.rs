//! The body of a request: read within bounds of size, memory and time, and unpacked within bounds again.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

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
/// Bytes of one permit.
const UNIT: usize = 1 << 10;
/// Largest window of zstd that is allowed, as a power of two: more would be memory of the sender's choice.
const LARGEST_WINDOW: u32 = 24;

/// Bytes and time for a body that is not wanted.
const DISCARDED: usize = 64 << 10;
const DISCARD_PATIENCE: Duration = Duration::from_millis(500);

/// Memory for the bodies of one receiver.
#[derive(Clone)]
pub(super) struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ALL_BODIES / UNIT)))
    }
}

/// A body that was read; its memory is given back when it goes.
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    _room: Option<OwnedSemaphorePermit>,
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
    let mut whole = Body { bytes: Vec::new(), _room: None };
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
        let waiting = Arc::clone(&room.0).acquire_many_owned(units);
        let permit = timeout(WAIT_FOR_ROOM, waiting).await.map_err(|_| Unread::NoRoom)?.map_err(|_| Unread::NoRoom)?;
        match &mut self._room {
            Some(held) => held.merge(permit),
            None => self._room = Some(permit),
        }
        self.bytes.extend_from_slice(data);
        Ok(())
    }
}

/// Unpacks a body, up to the bound.
pub(super) fn unpack(packing: Packing, packed: Vec<u8>) -> Result<Vec<u8>, Unread> {
    match packing {
        Packing::Plain => Ok(packed),
        Packing::Gzip => read_bounded(flate2::bufread::MultiGzDecoder::new(packed.as_slice())),
        Packing::Zstd => {
            let corrupt = |_: io::Error| Unread::Corrupt;
            let mut decoder = zstd::stream::read::Decoder::with_buffer(packed.as_slice()).map_err(corrupt)?;
            decoder.window_log_max(LARGEST_WINDOW).map_err(corrupt)?;
            read_bounded(decoder)
        }
    }
}

fn read_bounded(reader: impl Read) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    reader.take(LARGEST_UNPACKED as u64 + 1).read_to_end(&mut bytes).map_err(|_| Unread::Corrupt)?;
    if bytes.len() > LARGEST_UNPACKED { Err(Unread::TooLarge) } else { Ok(bytes) }
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
            assert_eq!(unpack(packing, packed).unwrap(), b"hello", "{packing:?}");
        }
    }

    #[test]
    fn a_zip_bomb_is_refused_at_the_bound() {
        let zeros = vec![0u8; LARGEST_UNPACKED + 1];
        let bombs = [(Packing::Gzip, gzip(&zeros)), (Packing::Zstd, zstd::stream::encode_all(zeros.as_slice(), 19).unwrap())];
        for (packing, bomb) in bombs {
            assert!(bomb.len() < 1 << 20);
            assert_eq!(unpack(packing, bomb), Err(Unread::TooLarge), "{packing:?}");
        }
    }

    #[test]
    fn what_is_not_packed_as_it_says_is_refused() {
        for packing in [Packing::Gzip, Packing::Zstd] {
            assert_eq!(unpack(packing, b"plain text".to_vec()), Err(Unread::Corrupt));
        }
        let mut cut = gzip(b"hello hello");
        cut.truncate(12);
        assert_eq!(unpack(Packing::Gzip, cut), Err(Unread::Corrupt));
        for (name, packing) in [("gzip", Some(Packing::Gzip)), ("", Some(Packing::Plain)), ("ZSTD", Some(Packing::Zstd)), ("br", None)] {
            assert_eq!(Packing::named(name), packing);
        }
    }
}

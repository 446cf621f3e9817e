//! Which incarnation of a file this is: one number that survives renames and restarts, and changes when the content does.
//!
//! A path is not enough (rotation), an inode is not enough (it is reused, and copy-truncate keeps it), and the first
//! bytes are not enough (two files can start alike). So the number holds all: 37 bits of a hash of the first bytes, 16
//! bits of a hash of device and inode, and 11 bits that say *how many* first bytes were hashed. The last part makes it
//! stable: a file that had 80 bytes when it was first read is recognised by these 80, however long it grows; and a copy
//! or a compressed form of it, which has another inode, is recognised by the content alone.

/// Most bytes that are hashed.
pub(crate) const HEAD: usize = 1024;

const LENGTH_BITS: u32 = 11;
const FILE_BITS: u32 = 16;

/// Device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FileId {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

/// The identity of one incarnation of a file, as it stands in `Origin::generation` and `Position::generation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Generation(pub u64);

/// The first bytes of a file, as hashes of each of their prefixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// `prefixes[n]` is the FNV-1a hash of the first `n` bytes.
    prefixes: Vec<u64>,
}

impl Head {
    /// Of decompressed, decoded content; bytes beyond [`HEAD`] are ignored.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut prefixes = Vec::with_capacity(bytes.len().min(HEAD) + 1);
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        prefixes.push(hash);
        for byte in bytes.iter().take(HEAD) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
            prefixes.push(hash);
        }
        Self { prefixes }
    }

    /// Bytes hashed.
    pub(crate) fn len(&self) -> usize {
        self.prefixes.len() - 1
    }

    /// Whether one of two texts begins with all that is known of the other.
    pub(crate) fn begins_alike(&self, other: &Self) -> bool {
        let length = self.len().min(other.len());
        length > 0 && self.prefixes[length] == other.prefixes[length]
    }

    fn text_hash(&self, length: usize) -> Option<u64> {
        self.prefixes.get(length).map(|hash| mix(*hash) >> (LENGTH_BITS + FILE_BITS))
    }
}

impl Generation {
    /// Of the file `id` that starts with `head`, unlike all that are `taken`: where another incarnation has the very
    /// same start and inode (copy-truncate below a fixed header), fewer bytes are hashed, which gives another number that
    /// is just as recognisable.
    pub(crate) fn new(id: FileId, head: &Head, taken: impl Fn(Self) -> bool) -> Self {
        let mut generation = Self::over(id, head, head.len());
        for length in (1..head.len()).rev() {
            if !taken(generation) {
                break;
            }
            generation = Self::over(id, head, length);
        }
        generation
    }

    fn over(id: FileId, head: &Head, length: usize) -> Self {
        let text = head.text_hash(length).unwrap_or(0) << (LENGTH_BITS + FILE_BITS);
        Self(text | file_hash(id) << LENGTH_BITS | length as u64)
    }

    /// Of a stream, which has no inode to return to.
    pub(crate) fn of_stream(started: i64) -> Self {
        Self(mix(started.cast_unsigned()) & !((1 << LENGTH_BITS) - 1))
    }

    /// How many first bytes it is made of.
    pub(crate) fn head_len(self) -> usize {
        (self.0 & ((1 << LENGTH_BITS) - 1)) as usize
    }

    /// Whether content with this head can be what the number was made of, wherever it is kept now.
    pub(crate) fn same_text(self, head: &Head) -> bool {
        self.head_len() > 0 && head.text_hash(self.head_len()) == Some(self.0 >> (LENGTH_BITS + FILE_BITS))
    }

    /// Whether it is moreover the same inode.
    pub(crate) fn same_file(self, id: FileId, head: &Head) -> bool {
        self.same_text(head) && (self.0 >> LENGTH_BITS) & ((1 << FILE_BITS) - 1) == file_hash(id)
    }
}

fn file_hash(id: FileId) -> u64 {
    mix(id.device.rotate_left(32) ^ mix(id.inode)) >> (64 - FILE_BITS)
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): spreads each input bit over all output bits.
fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: FileId = FileId { device: 1, inode: 10 };
    const THERE: FileId = FileId { device: 1, inode: 11 };

    fn first_seen(id: FileId, bytes: &[u8]) -> Generation {
        Generation::new(id, &Head::of(bytes), |_| false)
    }

    #[test]
    fn a_file_keeps_its_generation_while_it_grows() {
        let generation = first_seen(HERE, b"first line\n");
        for more in ["first line\n", "first line\nsecond\n", &format!("first line\n{}", "x".repeat(9000))] {
            assert!(generation.same_file(HERE, &Head::of(more.as_bytes())), "{} bytes", more.len());
        }
    }

    #[test]
    fn a_copy_has_the_same_text_but_is_another_file() {
        let generation = first_seen(HERE, b"first line\n");
        let head = Head::of(b"first line\nsecond\n");
        assert!(generation.same_text(&head));
        assert!(!generation.same_file(THERE, &head));
    }

    #[test]
    fn other_content_in_the_same_inode_is_another_incarnation() {
        let generation = first_seen(HERE, b"first line\n");
        for other in ["", "first", "First line\nsecond\n"] {
            assert!(!generation.same_text(&Head::of(other.as_bytes())), "{other:?}");
        }
    }

    #[test]
    fn the_same_header_in_the_same_inode_still_gets_a_number_of_its_own() {
        let head = Head::of(b"time,level,message\n");
        let first = Generation::new(HERE, &head, |_| false);
        let second = Generation::new(HERE, &head, |generation| generation == first);
        assert_ne!(first, second);
        assert!(second.same_file(HERE, &head));
    }
}

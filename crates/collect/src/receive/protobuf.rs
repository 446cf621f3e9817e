//! The wire format of Protocol Buffers: fields of a message, one after the other, without copying.
//!
//! Only reading, and only what the format itself says: which fields a message has, and what they mean, is told by who asks
//! (`otlp::schema`). Memory does not grow with what is read, which is why no message becomes a tree of structures: a repeated
//! field of empty messages takes two bytes each on the wire and hundreds as structures.

/// What is wrong with the bytes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A number, a length or a value goes on behind the end of the message.
    #[error("the message ends within a field")]
    Truncated,
    /// A number of more than ten bytes, or a tag of no field.
    #[error("a number or a tag in the message is impossible")]
    Number,
    /// Groups that do not fit, or that are nested too deeply.
    #[error("a group in the message has no end")]
    Group,
    /// More levels of messages than anybody needs.
    #[error("messages are nested more than {0} deep")]
    Deep(usize),
    /// A field has another type than its definition says.
    #[error("field {0} has the wrong type")]
    Type(u32),
}

/// The value of a field, as far as the wire tells it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

/// The fields of a message, in order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

/// Nested groups that are read over at most.
const DEEPEST_GROUP: usize = 32;

impl<'a> Fields<'a> {
    pub(crate) fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The next field and its number; groups, which nobody uses any more, are read over.
    pub(crate) fn next(&mut self) -> Result<Option<(u32, Value<'a>)>, Malformed> {
        loop {
            if self.rest.is_empty() {
                return Ok(None);
            }
            let (number, wire) = self.tag()?;
            match wire {
                3 => self.skip_group(number)?,
                4 => return Err(Malformed::Group),
                _ => return Ok(Some((number, self.value(wire)?))),
            }
        }
    }

    fn tag(&mut self) -> Result<(u32, u8), Malformed> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).ok().filter(|&number| number > 0 && number < 1 << 29).ok_or(Malformed::Number)?;
        Ok((number, (tag & 7) as u8))
    }

    fn value(&mut self, wire: u8) -> Result<Value<'a>, Malformed> {
        Ok(match wire {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| Malformed::Truncated)?;
                let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Malformed::Truncated)?;
                self.rest = rest;
                Value::Bytes(bytes)
            }
            5 => Value::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return Err(Malformed::Number),
        })
    }

    fn skip_group(&mut self, number: u32) -> Result<(), Malformed> {
        let mut open = vec![number];
        while let Some(&innermost) = open.last() {
            let (number, wire) = self.tag()?;
            match wire {
                3 if open.len() < DEEPEST_GROUP => open.push(number),
                4 if number == innermost => _ = open.pop(),
                3 | 4 => return Err(Malformed::Group),
                _ => _ = self.value(wire)?,
            }
        }
        Ok(())
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for (at, &byte) in self.rest.iter().enumerate().take(10) {
            let part = u64::from(byte & 0x7f);
            if at == 9 && part > 1 {
                return Err(Malformed::Number);
            }
            number |= part << (7 * at);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[at + 1..];
                return Ok(number);
            }
        }
        Err(if self.rest.len() < 10 { Malformed::Truncated } else { Malformed::Number })
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (array, rest) = self.rest.split_first_chunk::<N>().ok_or(Malformed::Truncated)?;
        self.rest = rest;
        Ok(*array)
    }
}

impl<'a> Value<'a> {
    /// The bytes of a text, of bytes, or of a message.
    pub(crate) fn bytes(self, number: u32) -> Result<&'a [u8], Malformed> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(Malformed::Type(number)),
        }
    }
}

/// Appends a number as it stands on the wire.
pub(crate) fn put_varint(into: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

/// Appends a field that holds a number.
pub(crate) fn put_number(into: &mut Vec<u8>, field: u32, number: u64) {
    put_varint(into, u64::from(field) << 3);
    put_varint(into, number);
}

/// Appends a field that holds bytes, a text or a message.
pub(crate) fn put_bytes(into: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    put_varint(into, u64::from(field) << 3 | 2);
    put_varint(into, bytes.len() as u64);
    into.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<(u32, Value<'_>)>, Malformed> {
        let mut fields = Fields::of(bytes);
        let mut found = Vec::new();
        while let Some(field) = fields.next()? {
            found.push(field);
        }
        Ok(found)
    }

    #[test]
    fn fields_are_read_as_the_specification_writes_them() {
        for (bytes, expected) in [
            (&b""[..], Ok(vec![])),
            (b"\x08\x96\x01", Ok(vec![(1, Value::Varint(150))])),
            (b"\x12\x07testing", Ok(vec![(2, Value::Bytes(b"testing"))])),
            (b"\x0d\x01\0\0\0\x11\x02\0\0\0\0\0\0\0", Ok(vec![(1, Value::Fixed32(1)), (2, Value::Fixed64(2))])),
            (b"\x0b\x08\x01\x13\x14\x0c\x10\x05", Ok(vec![(2, Value::Varint(5))])),
            (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", Ok(vec![(1, Value::Varint(u64::MAX))])),
            (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", Err(Malformed::Number)),
            (b"\x08\xff", Err(Malformed::Truncated)),
            (b"\x12\x05abc", Err(Malformed::Truncated)),
            (b"\x11\x01", Err(Malformed::Truncated)),
            (b"\x00\x01", Err(Malformed::Number)),
            (b"\x0e\x01", Err(Malformed::Number)),
            (b"\x0b\x08\x01", Err(Malformed::Truncated)),
            (b"\x0b\x14", Err(Malformed::Group)),
            (b"\x0c", Err(Malformed::Group)),
        ] {
            assert_eq!(all(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let mut bytes = Vec::new();
        put_number(&mut bytes, 1, u64::MAX);
        put_bytes(&mut bytes, 300, b"x");
        assert_eq!(all(&bytes).unwrap(), [(1, Value::Varint(u64::MAX)), (300, Value::Bytes(b"x"))]);
    }
}

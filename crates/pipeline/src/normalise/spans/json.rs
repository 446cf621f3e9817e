//! The scalars and values of protobuf-JSON, read leniently and without copying.
//!
//! Exporters disagree on details that the mapping leaves open or that they get wrong: 64-bit integers as string or
//! number, ids in hex or base64, enums by number or name. A wrong detail spoils one value here, never the request. What
//! the values mean is the business of `conventions`.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A JSON value that should be a single word or number; anything deeper is read over.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Scalar<'a> {
    #[default]
    Absent,
    Text(Cow<'a, str>),
    Integer(i64),
    Float(f64),
    Bool(bool),
}

impl<'a> Scalar<'a> {
    /// The text; the empty text when it is something else.
    pub(super) fn as_text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// A 64-bit integer, written as number or string.
    pub(super) fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Float(number) if number.abs() < 9.2e18 && number.fract() == 0.0 => Some(*number as i64),
            _ => None,
        }
    }

    fn into_text(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text,
            _ => Cow::Borrowed(""),
        }
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Scalar::Float(number as f64), Scalar::Integer))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Float(number))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Bool(flag))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Absent)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Absent)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

/// The name of a member, borrowed unless it was escaped.
pub(super) struct Name<'a>(Cow<'a, str>);

impl Name<'_> {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Scalar::deserialize(deserializer)?.into_text()))
    }
}

/// OTLP's `AnyValue`. How deep it nests is bounded by the JSON reader's own limit of 128 levels.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum AnyValue<'a> {
    #[default]
    Empty,
    Text(Cow<'a, str>),
    Integer(i64),
    Float(f64),
    Bool(bool),
    Array(Vec<AnyValue<'a>>),
    Map(Vec<KeyValue<'a>>),
}

/// OTLP's `KeyValue`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct KeyValue<'a> {
    pub(super) key: Cow<'a, str>,
    pub(super) value: AnyValue<'a>,
}

impl AnyValue<'_> {
    /// The value as one text: arrays and maps as JSON.
    pub(super) fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Float(number) => Cow::Owned(number.to_string()),
            Self::Bool(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
            Self::Array(_) | Self::Map(_) => serde_json::to_string(self).map_or(Cow::Borrowed(""), Cow::Owned),
        }
    }
}

impl Serialize for AnyValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => serializer.serialize_unit(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Float(number) => serializer.serialize_f64(*number),
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Array(values) => serializer.collect_seq(values),
            Self::Map(pairs) => {
                let mut map = serializer.serialize_map(Some(pairs.len()))?;
                for pair in pairs {
                    map.serialize_entry(&pair.key, &pair.value)?;
                }
                map.end()
            }
        }
    }
}

impl<'a> From<Scalar<'a>> for AnyValue<'a> {
    fn from(scalar: Scalar<'a>) -> Self {
        match scalar {
            Scalar::Absent => Self::Empty,
            Scalar::Text(text) => Self::Text(text),
            Scalar::Integer(number) => Self::Integer(number),
            Scalar::Float(number) => Self::Float(number),
            Scalar::Bool(flag) => Self::Bool(flag),
        }
    }
}

struct AnyValueVisitor;

impl<'de> Visitor<'de> for AnyValueVisitor {
    type Value = AnyValue<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an AnyValue")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut value = AnyValue::Empty;
        while let Some(name) = map.next_key::<Name<'de>>()? {
            value = match name.as_str() {
                "intValue" | "int_value" => {
                    let scalar: Scalar<'de> = map.next_value()?;
                    scalar.as_integer().map_or_else(|| scalar.into(), AnyValue::Integer)
                }
                "doubleValue" | "double_value" => match map.next_value::<Scalar<'de>>()? {
                    Scalar::Integer(number) => AnyValue::Float(number as f64),
                    scalar => scalar.into(),
                },
                "stringValue" | "string_value" | "boolValue" | "bool_value" | "bytesValue" | "bytes_value" => {
                    map.next_value::<Scalar<'de>>()?.into()
                }
                "arrayValue" | "array_value" => AnyValue::Array(map.next_value::<Values<AnyValue<'de>>>()?.0),
                "kvlistValue" | "kvlist_value" => AnyValue::Map(map.next_value::<Values<KeyValue<'de>>>()?.0),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    value
                }
            };
        }
        Ok(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(AnyValue::Empty)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(AnyValue::Empty)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(AnyValue::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(AnyValue::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(AnyValue::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(AnyValue::Float(number as f64), AnyValue::Integer))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(AnyValue::Float(number))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(AnyValue::Bool(flag))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for AnyValue<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValueVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for KeyValue<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairVisitor;
        impl<'de> Visitor<'de> for PairVisitor {
            type Value = KeyValue<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a KeyValue")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pair = KeyValue::default();
                while let Some(name) = map.next_key::<Name<'de>>()? {
                    match name.as_str() {
                        "key" => pair.key = map.next_value::<Scalar<'de>>()?.into_text(),
                        "value" => pair.value = map.next_value()?,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(pair)
            }
        }
        deserializer.deserialize_map(PairVisitor)
    }
}

/// The list within an `ArrayValue` or a `KeyValueList`: `{"values": […]}`.
struct Values<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Values<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(bound(deserialize = "T: Deserialize<'de>"))]
        struct Listed<T> {
            #[serde(default = "Option::default")]
            values: Option<Vec<T>>,
        }
        let listed = Option::<Listed<T>>::deserialize(deserializer)?;
        Ok(Self(listed.and_then(|listed| listed.values).unwrap_or_default()))
    }
}

/// Reads an id of `N` bytes written in hex, as OTLP/JSON wants it, or in base64, as plain protobuf-JSON would; `None` for
/// anything else and for the id of zeros, which stands for none.
pub(super) fn read_id<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut id = [0; N];
    if text.len() == 2 * N {
        for (byte, pair) in id.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = (hex_digit(pair[0])? << 4) | hex_digit(pair[1])?;
        }
    } else {
        read_base64(text, &mut id)?;
    }
    id.iter().any(|&byte| byte != 0).then_some(id)
}

fn hex_digit(digit: u8) -> Option<u8> {
    Some(match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => return None,
    })
}

/// Fills `bytes` exactly from base64 (RFC 4648, either alphabet, with or without padding).
fn read_base64(text: &str, bytes: &mut [u8]) -> Option<()> {
    let digits = text.trim_end_matches('=').as_bytes();
    if digits.len() != (bytes.len() * 8).div_ceil(6) {
        return None;
    }
    let (mut held, mut bits, mut at) = (0u32, 0, 0);
    for &digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        held = ((held << 6) | u32::from(value)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            *bytes.get_mut(at)? = (held >> bits) as u8;
            at += 1;
        }
    }
    (at == bytes.len()).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_from_hex_and_base64() {
        let id = Some([0x5b, 0x8e, 0xfe, 0xf7, 0x98, 0x03, 0x81, 0x03]);
        for (text, expected) in [
            ("5b8efff798038103", Some([0x5b, 0x8e, 0xff, 0xf7, 0x98, 0x03, 0x81, 0x03])),
            ("5b8efef798038103", id),
            ("5B8EFEF798038103", id),
            ("W47+95gDgQM=", id),
            ("W47-95gDgQM", id),
            ("0000000000000000", None),
            ("5b8efef79803810", None),
            ("5b8efef79803810g", None),
            ("W47+95gDgQ*=", None),
            ("root", None),
            ("", None),
            ("ééééé", None),
        ] {
            assert_eq!(read_id::<8>(text), expected, "{text}");
        }
    }

    #[test]
    fn values_of_every_kind_become_text() {
        for (json, text) in [
            (r#"{"stringValue":"a\nb"}"#, "a\nb"),
            (r#"{"string_value":"a"}"#, "a"),
            (r#"{"intValue":"42"}"#, "42"),
            (r#"{"intValue":-42}"#, "-42"),
            (r#"{"doubleValue":0.5}"#, "0.5"),
            (r#"{"doubleValue":"NaN"}"#, "NaN"),
            (r#"{"boolValue":true}"#, "true"),
            (r#"{"arrayValue":{"values":[{"intValue":"1"},{"stringValue":"b"},{}]}}"#, r#"[1,"b",null]"#),
            (r#"{"arrayValue":{}}"#, "[]"),
            (
                r#"{"kvlistValue":{"values":[{"key":"k","value":{"kvlistValue":{"values":[{"key":"n","value":{"boolValue":false}}]}}}]}}"#,
                r#"{"k":{"n":false}}"#,
            ),
            (r#"{"newValue":[{"deep":1}],"stringValue":"kept"}"#, "kept"),
            ("null", ""),
            ("{}", ""),
        ] {
            assert_eq!(serde_json::from_str::<AnyValue<'_>>(json).unwrap().to_text(), text, "{json}");
        }
    }
}

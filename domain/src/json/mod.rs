//! Parsing of JSON sent by callers.
//!
//! [`read`] parses bytes to a value, and [`Strict`] deserialises a value to content. All JSON from callers passes
//! both. Text is thereby normalised, and faults are described in terms of JSON.

mod mismatch;
pub mod pointer;
mod strict;

pub use mismatch::{Mismatch, MismatchKind};
pub use strict::Strict;

use crate::{fault::Faults, text::normalise};
use pointer::child;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Maximum nesting depth. A scalar has depth 0.
pub const MAX_DEPTH: usize = 64;

/// Byte order mark, which some programs write before JSON. RFC 8259 section 8.1 allows parsers to ignore it.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Parses JSON.
///
/// Normalises text ([`normalise`]), and converts numbers without a fraction to integers (`4.0` becomes 4). Records
/// a fault for each duplicate key.
///
/// # Errors
/// Returns a message if the syntax is invalid, or if the nesting exceeds [`MAX_DEPTH`].
pub fn read(text: &[u8], faults: &mut Faults) -> Result<Value, String> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut json = serde_json::Deserializer::from_slice(text);
    let reader = Reader { place: &Place::Whole, depth: 0, faults };
    let value = reader.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    value.map_err(|fault| fault.to_string())
}

/// The position of a value. It is formatted as a JSON Pointer only if there is a fault to report.
enum Place<'a> {
    Whole,
    Field(&'a Place<'a>, &'a str),
    Entry(&'a Place<'a>, usize),
}

impl Place<'_> {
    fn pointer(&self) -> String {
        match self {
            Self::Whole => String::new(),
            Self::Field(object, key) => child(&object.pointer(), key),
            Self::Entry(list, index) => child(&list.pointer(), &index.to_string()),
        }
    }
}

/// Deserialises one value.
struct Reader<'a> {
    place: &'a Place<'a>,
    depth: usize,
    faults: &'a mut Faults,
}

impl Reader<'_> {
    /// A reader for a value inside this one.
    fn below<'a>(&'a mut self, place: &'a Place<'a>) -> Reader<'a> {
        Reader { place, depth: self.depth + 1, faults: self.faults }
    }

    fn check_depth<E: serde::de::Error>(&self) -> Result<(), E> {
        if self.depth < MAX_DEPTH {
            Ok(())
        } else {
            Err(E::custom(format!("nests deeper than {MAX_DEPTH} levels")))
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        /// Doubles represent all integers below this limit exactly (RFC 8259 section 6).
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if value.fract() == 0.0 && value.abs() < EXACT {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "it is an integer within the range of both"
            )]
            return Ok((value as i64).into());
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(normalise(text).into_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut values = Vec::new();
        let place = self.place;
        while let Some(value) = list.next_element_seed(self.below(&Place::Entry(place, values.len())))? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut fields = Map::new();
        let object_place = self.place;
        while let Some(key) = object.next_key::<String>()? {
            let place = Place::Field(object_place, &key);
            let value = object.next_value_seed(self.below(&place))?;
            if fields.contains_key(&key) {
                self.faults.malformed(place.pointer(), "stands more than once in its object");
            }
            fields.insert(key, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read_all(text: &str) -> (Result<Value, String>, Vec<String>) {
        let mut faults = Faults::new();
        let value = read(text.as_bytes(), &mut faults);
        (value, faults.iter().map(|fault| fault.pointer.clone()).collect())
    }

    #[test]
    fn values_have_one_form() {
        let sent = "\u{feff}{\"a\": [4.0, 4.5, 1e2, -0.0, \" Mu\u{308}ller \", \"a\\r\\nb\"], \"b \": null, \"c\": 1e300}";
        let kept = json!({"a": [4, 4.5, 100, 0, "Müller", "a\nb"], "b ": null, "c": 1e300});
        assert_eq!(read_all(sent), (Ok(kept), vec![]));
    }

    #[test]
    fn keys_stand_once() {
        let (_, faults) = read_all(r#"{"a": 1, "b": [{"c/d": 1, "c\u002fd": 2}, {}], "\u0061": 3, "a": 4}"#);
        assert_eq!(faults, ["/b/0/c~1d", "/a", "/a"]);
        assert_eq!(read_all(r#"{"a": {"b": 1}, "b": {"b": 1}, "B": 1}"#).1, [""; 0]);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(read_all(&nested(MAX_DEPTH)).0.is_ok());
        for bad in [
            "",
            "{",
            "{} {}",
            "[1,]",
            "\"\\ud800\"",
            "1e400",
            "nul",
            &nested(MAX_DEPTH + 1),
            &nested(100_000),
        ] {
            assert!(read_all(bad).0.is_err(), "{bad}");
        }
        assert!(read(b"\"\xff\"", &mut Faults::new()).is_err());
    }
}

//! A block of the forward index as bytes: entry behind entry, each with the terms of one record.
//!
//! An entry is a number, 0 where a record was, else `1 + 2 × terms + (1 if the public sees the record)`; then, term by
//! term in their order, `2 × (the distance from the term before) + (1 if it has days)`, and where it has, its first and
//! last day since 1970, 4 bytes each, the lowest first. Numbers are variable-length (LEB128), so most terms take one
//! byte or two.

use crate::{
    index::Span,
    types::{first_day, last_day},
};
use chrono::NaiveDate;
use unsigned_varint::{decode, encode};

/// So many records make a block: few enough that a change rewrites little, and that PostgreSQL keeps most of them in
/// their rows.
pub(crate) const RECORDS: usize = 64;

/// What the index keeps of one record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) visible: bool,
    /// In their order.
    pub(crate) spans: Vec<Span>,
}

/// The first and last day, since 1970, on which a record has a term; `None`: it has it on all.
pub(crate) type Days = Option<(i32, i32)>;

/// Writes entries; `None` where a record was.
pub(crate) fn write(entries: &[Option<Entry>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in entries {
        let Some(Entry { visible, spans }) = entry else {
            put(&mut bytes, 0);
            continue;
        };
        let terms = u32::try_from(spans.len()).unwrap_or(u32::MAX);
        put(&mut bytes, 1 + (terms << 1 | u32::from(*visible)));
        let mut before = 0;
        for Span { term, since, until } in spans {
            let is_dated = *since != first_day() || *until != last_day();
            put(&mut bytes, term.abs_diff(before) << 1 | u32::from(is_dated));
            if is_dated {
                bytes.extend(since.to_epoch_days().to_le_bytes());
                bytes.extend(until.to_epoch_days().to_le_bytes());
            }
            before = *term;
        }
    }
    bytes
}

fn put(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend_from_slice(encode::u32(number, &mut encode::u32_buffer()));
}

/// Reads a block, entry by entry.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing follows.
    pub(crate) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads the next entry, and calls `take` for each of its terms: whether the public sees the record, `Some(None)`
    /// where none is any more; `None` when the bytes make no sense.
    #[inline]
    pub(crate) fn next(&mut self, mut take: impl FnMut(i32, Days)) -> Option<Option<bool>> {
        let Some(head) = self.number()?.checked_sub(1) else { return Some(None) };
        let mut term = 0_i32;
        for _ in 0..head >> 1 {
            let step = self.number()?;
            term = term.checked_add_unsigned(step >> 1)?;
            let days = if step & 1 == 1 { Some((self.day()?, self.day()?)) } else { None };
            take(term, days);
        }
        Some(Some(head & 1 == 1))
    }

    #[inline]
    fn number(&mut self) -> Option<u32> {
        // Most are one byte, and counting reads millions of them.
        if let [number @ 0..0x80, rest @ ..] = self.0 {
            self.0 = rest;
            return Some(u32::from(*number));
        }
        let (number, rest) = decode::u32(self.0).ok()?;
        self.0 = rest;
        Some(number)
    }

    fn day(&mut self) -> Option<i32> {
        let (day, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(i32::from_le_bytes(*day))
    }
}

/// Reads a block as a whole; `None` when the bytes make no sense.
pub(crate) fn read(bytes: &[u8]) -> Option<Vec<Option<Entry>>> {
    let (mut reader, mut entries) = (Reader::of(bytes), Vec::new());
    let span = |(term, days): (i32, Days)| {
        let (since, until) = match days {
            Some((since, until)) => (NaiveDate::from_epoch_days(since)?, NaiveDate::from_epoch_days(until)?),
            None => (first_day(), last_day()),
        };
        Some(Span { term, since, until })
    };
    while !reader.is_at_end() {
        let mut terms = Vec::new();
        let visible = reader.next(|term, days| terms.push((term, days)))?;
        let spans = terms.into_iter().map(span).collect::<Option<_>>()?;
        entries.push(visible.map(|visible| Entry { visible, spans }));
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_read_as_it_was_written() {
        let day = |year, day| NaiveDate::from_yo_opt(year, day).unwrap();
        let always = |term| Span { term, since: first_day(), until: last_day() };
        let entries = vec![
            Some(Entry { visible: true, spans: [1, 2, 300, 70_000].map(always).to_vec() }),
            None,
            Some(Entry::default()),
            Some(Entry {
                visible: false,
                spans: vec![
                    Span { until: day(2024, 31), ..always(7) },
                    Span { since: day(2025, 1), until: day(2025, 2), term: 7 },
                    Span { since: day(1969, 1), ..always(i32::MAX) },
                ],
            }),
        ];
        let bytes = write(&entries);
        assert_eq!(read(&bytes), Some(entries));
        assert_eq!(bytes.len(), (1 + 1 + 1 + 2 + 3) + 1 + 1 + (1 + 9 + 9 + 5 + 8));
        assert_eq!(read(&bytes[..bytes.len() - 1]), None);
        assert_eq!(read(b""), Some(Vec::new()));
    }
}

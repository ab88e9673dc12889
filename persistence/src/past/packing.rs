//! The terms of a past state in packed form, so that it can be filtered and counted without its content.
//!
//! For each term, in ascending order: `2 × (difference to the previous term) + (1 if it has days)`, as a
//! variable-length number (LEB128). If it has days, its first and last day follow, as days since 1970 in 4 bytes
//! each, little-endian. Most terms take one or two bytes.

use crate::{
    error::Error,
    index::Span,
    types::{first_day, last_day},
};
use chrono::NaiveDate;
use unsigned_varint::{decode, encode};

/// Packs terms, which must be sorted.
pub(super) fn pack(spans: &[Span]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut before = 0;
    for Span { term, since, until } in spans {
        let is_dated = *since != first_day() || *until != last_day();
        let step = term.abs_diff(before) << 1 | u32::from(is_dated);
        bytes.extend_from_slice(encode::u32(step, &mut encode::u32_buffer()));
        if is_dated {
            bytes.extend(since.to_epoch_days().to_le_bytes());
            bytes.extend(until.to_epoch_days().to_le_bytes());
        }
        before = *term;
    }
    bytes
}

/// Unpacks the terms that apply on a day, into `terms`.
pub(super) fn unpack(bytes: &[u8], day: NaiveDate, terms: &mut Vec<i32>) -> Result<(), Error> {
    terms.clear();
    let (mut bytes, mut term, day) = (bytes, 0_i32, day.to_epoch_days());
    let corrupt = || Error::Corrupt("the terms of a past state cannot be read".to_owned());
    while !bytes.is_empty() {
        let (step, rest) = decode::u32(bytes).map_err(|_| corrupt())?;
        term = term.checked_add_unsigned(step >> 1).ok_or_else(corrupt)?;
        bytes = rest;
        let mut holds = true;
        if step & 1 == 1 {
            let (since, rest) = bytes.split_first_chunk().ok_or_else(corrupt)?;
            let (until, rest) = rest.split_first_chunk().ok_or_else(corrupt)?;
            bytes = rest;
            holds = (i32::from_le_bytes(*since)..=i32::from_le_bytes(*until)).contains(&day);
        }
        if holds {
            terms.push(term);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_as_they_were_packed() {
        let day = |year, day| NaiveDate::from_yo_opt(year, day).unwrap();
        let always = |term| Span { term, since: first_day(), until: last_day() };
        let spans = [
            always(1),
            always(2),
            Span { until: day(2024, 31), ..always(7) },
            Span { since: day(2025, 1), until: day(2025, 2), term: 7 },
            always(70_000),
            Span { since: day(1969, 1), ..always(i32::MAX) },
        ];
        let bytes = pack(&spans);
        assert_eq!(bytes.len(), 1 + 1 + 9 + 9 + 3 + (5 + 8));
        let on = |day| {
            let mut terms = Vec::new();
            unpack(&bytes, day, &mut terms).map(|()| terms)
        };
        assert_eq!(on(day(1968, 1)).unwrap(), [1, 2, 7, 70_000]);
        assert_eq!(on(day(2024, 40)).unwrap(), [1, 2, 70_000, i32::MAX]);
        assert_eq!(on(day(2025, 2)).unwrap(), [1, 2, 7, 70_000, i32::MAX]);
        assert!(unpack(&bytes[..bytes.len() - 1], day(2025, 2), &mut Vec::new()).is_err());
        assert!(unpack(&[], day(2025, 2), &mut Vec::new()).is_ok());
    }
}

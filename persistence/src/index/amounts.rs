//! Sums of amounts, from sets of records.

use super::{
    Set,
    cache::cache_at,
    counting::{ValueSet, Within, sets_of},
};
use crate::{audience::View, connection::Conn, error::Error};
use domain::{kind::Kind, terms::Facet};
use std::{collections::HashMap, sync::Arc};

/// The amounts of the records of a kind: for each bit, the records in whose amount it is set. Empty to sum nothing.
///
/// ```text
/// record 7: 5 cents = 101     record 9: 6 cents = 110     bit 0: {7}   bit 1: {9}   bit 2: {7, 9}
/// sum of {7, 9}: 1 × 2^0 + 1 × 2^1 + 2 × 2^2 = 11
/// ```
#[derive(Debug, Default)]
pub(crate) struct Amounts(Arc<Vec<ValueSet>>);

impl Amounts {
    /// Loads the amounts that the view sees.
    pub(crate) fn load(conn: &mut Conn, view: View<'_>, kind: Kind) -> Result<Self, Error> {
        let cache = cache_at(conn, view)?;
        Ok(Self(sets_of(conn, view, kind, Facet::AmountBit, cache)?))
    }

    /// The bits, by term.
    pub(crate) fn bits(&self) -> HashMap<i32, u32> {
        self.0.iter().filter_map(|bit| Some((bit.term, bit.value.parse().ok()?))).collect()
    }

    /// Sums the amounts of `records` that are in `within`.
    pub(super) fn sum(&self, records: &Set, within: Option<&Within<'_>>) -> u128 {
        if self.0.is_empty() {
            return 0;
        }
        let narrowed = within.map(|within| records & within.set);
        let records = narrowed.as_ref().unwrap_or(records);
        let bits = self.0.iter().filter_map(|bit| Some((bit.value.parse::<u32>().ok()?, &bit.records)));
        bits.map(|(bit, set)| u128::from(set.intersection_len(records)) << bit).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_summed_bit_by_bit() {
        let amounts = [(7, 5_u64), (9, 6), (70_000, (1 << 50) - 1)];
        let bit = |bit: u32| {
            let has = amounts.iter().filter(|(_, amount)| amount >> bit & 1 == 1);
            ValueSet {
                value: bit.to_string(),
                records: has.map(|(record, _)| *record).collect(),
                ..ValueSet::default()
            }
        };
        let bits = Amounts(Arc::new((0..50).map(bit).collect()));
        let some: Set = [7, 9, 11].into_iter().collect();
        let all: Set = (0..100_000).collect();
        assert_eq!(bits.sum(&some, None), 11);
        assert_eq!(bits.sum(&all, Some(&Within::new(&some))), 11);
        assert_eq!(bits.sum(&all, None), 11 + (1 << 50) - 1);
        assert_eq!(Amounts::default().sum(&all, None), 0);
    }
}

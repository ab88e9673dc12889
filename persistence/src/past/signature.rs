//! Which terms a past state may have, in 64 bits: a Bloom filter that stands in the indexes of past states, so that most that
//! lack a term are told without looking at their rows.

/// The bits that stand for a term: one or two.
pub(super) fn bits(term: i32) -> i64 {
    /// 2^64 divided by the golden ratio: neighbours come far apart (Knuth, The Art of Computer Programming, vol. 3,
    /// section 6.4).
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let hash = u64::from(term.cast_unsigned()).wrapping_mul(GOLDEN);
    1 << (hash >> 58) | 1 << (hash >> 52 & 63)
}

/// The signature of a record with these terms. One whose bits are not all in it, the record does not have.
pub(super) fn of(terms: impl IntoIterator<Item = i32>) -> i64 {
    terms.into_iter().fold(0, |signature, term| signature | bits(term))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_that_a_record_has_are_in_its_signature_and_few_others() {
        // As many terms as a member has, of a dictionary of some thousands.
        let records = (0..500).map(|record| (0..12).map(|n| (record * 977 + n * 331) % 5_000).collect());
        let records: Vec<Vec<i32>> = records.collect();
        let (mut has, mut may_have) = (0, 0);
        for terms in &records {
            let signature = of(terms.iter().copied());
            for term in 0..5_000 {
                let may = signature & bits(term) == bits(term);
                assert!(may || !terms.contains(&term), "{term}");
                has += u32::from(terms.contains(&term));
                may_have += u32::from(may);
            }
        }
        assert_eq!(has, 500 * 12);
        assert!(may_have < 500 * 5_000 / 5, "{may_have}");
    }
}

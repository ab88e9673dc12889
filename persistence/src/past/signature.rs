//! A Bloom filter of 64 bits over the terms of a past state. It is part of the indexes of past states, so most
//! states without a term are skipped without reading their rows.

/// Returns the bits of a term: one or two.
pub(super) fn bits(term: i32) -> i64 {
    /// 2^64 divided by the golden ratio, which spreads neighbouring numbers (Knuth, The Art of Computer
    /// Programming, vol. 3, section 6.4).
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let hash = u64::from(term.cast_unsigned()).wrapping_mul(GOLDEN);
    1 << (hash >> 58) | 1 << (hash >> 52 & 63)
}

/// Returns the signature of some terms. If a term has bits that are not in it, the state does not have the term.
pub(super) fn of(terms: impl IntoIterator<Item = i32>) -> i64 {
    terms.into_iter().fold(0, |signature, term| signature | bits(term))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_that_a_record_has_are_in_its_signature_and_few_others() {
        // As many terms as a member has, out of some thousands.
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

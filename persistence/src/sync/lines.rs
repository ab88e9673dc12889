//! Splits a body into lines.

use domain::sync::MAX_LINE;
use std::io::{self, BufRead, Read};

/// Some programs write a byte-order mark before the first line (Unicode, section 23.8).
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A line that is not blank.
#[derive(Debug)]
pub(super) struct RawLine {
    /// The line number, from 1. Blank lines are counted.
    pub(super) number: u64,
    /// The trimmed text, or `None` if the line was too long and was skipped.
    pub(super) text: Option<Vec<u8>>,
}

/// Reads a body line by line. Accepts a byte-order mark, CRLF and blank lines.
#[derive(Debug)]
pub(super) struct Lines<R> {
    body: R,
    number: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn of(body: R) -> Self {
        Self { body, number: 0, buffer: Vec::new() }
    }

    /// Returns the next line that is not blank, or `None` at the end.
    ///
    /// # Errors
    /// If the body breaks off or is damaged. An incomplete line is not returned.
    pub(super) fn next(&mut self) -> io::Result<Option<RawLine>> {
        loop {
            self.buffer.clear();
            self.number += 1;
            // The longest line, plus one byte, plus the line feed.
            let most = MAX_LINE + 2 + if self.number == 1 { BYTE_ORDER_MARK.len() } else { 0 };
            let limit = u64::try_from(most).unwrap_or(u64::MAX);
            if (&mut self.body).take(limit).read_until(b'\n', &mut self.buffer)? == 0 {
                return Ok(None);
            }
            let is_whole = self.buffer.ends_with(b"\n");
            let mut text = self.buffer.as_slice();
            if self.number == 1 {
                text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
            }
            let text = text.trim_ascii();
            if text.len() > MAX_LINE {
                if !is_whole {
                    self.skip()?;
                }
                return Ok(Some(RawLine { number: self.number, text: None }));
            }
            if !is_whole && self.buffer.len() == most {
                // Only blanks so far, but the rest of the line may hold anything.
                self.skip()?;
                return Ok(Some(RawLine { number: self.number, text: None }));
            }
            if !text.is_empty() {
                return Ok(Some(RawLine { number: self.number, text: Some(text.to_vec()) }));
            }
        }
    }

    /// Skips the rest of the line.
    fn skip(&mut self) -> io::Result<()> {
        loop {
            self.buffer.clear();
            let read = (&mut self.body).take(64 * 1024).read_until(b'\n', &mut self.buffer)?;
            if read == 0 || self.buffer.ends_with(b"\n") {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(body: impl BufRead) -> Vec<(u64, Option<Vec<u8>>)> {
        let mut lines = Lines::of(body);
        std::iter::from_fn(|| lines.next().unwrap()).map(|line| (line.number, line.text)).collect()
    }

    fn read(body: &[u8]) -> Vec<(u64, Option<usize>)> {
        texts(body).into_iter().map(|(number, text)| (number, text.map(|text| text.len()))).collect()
    }

    #[test]
    fn lines_are_counted_from_one_and_blank_ones_are_none() {
        assert_eq!(read(b""), []);
        assert_eq!(read(b"\xef\xbb\xbfab\r\n\r\n \t\nabc"), [(1, Some(2)), (4, Some(3))]);
        assert_eq!(read(b"\n\n"), []);
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_to_its_end() {
        let long = |bytes: usize, end: &str| [vec![b'x'; bytes], end.into(), b"ab".to_vec()].concat();
        assert_eq!(read(&long(MAX_LINE, "\n")), [(1, Some(MAX_LINE)), (2, Some(2))]);
        assert_eq!(read(&long(MAX_LINE, "\r\n")), [(1, Some(MAX_LINE)), (2, Some(2))]);
        assert_eq!(read(&long(MAX_LINE + 1, "\n")), [(1, None), (2, Some(2))]);
        let marked = |bytes| [BYTE_ORDER_MARK.to_vec(), long(bytes, "\r\n")].concat();
        assert_eq!(read(&marked(MAX_LINE)), [(1, Some(MAX_LINE)), (2, Some(2))]);
        assert_eq!(read(&marked(MAX_LINE + 1)), [(1, None), (2, Some(2))]);
        assert_eq!(read(&long(3 * MAX_LINE + 5, "\n")), [(1, None), (2, Some(2))]);
        assert_eq!(read(&vec![b'x'; MAX_LINE + 1]), [(1, None)]);
        let blank = [vec![b' '; 2 * MAX_LINE], b"ab\nab".to_vec()].concat();
        assert_eq!(read(&blank), [(1, None), (2, Some(2))]);
    }

    #[test]
    fn what_broke_off_in_mid_line_is_no_line() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("cut"))
            }
        }
        let mut lines = Lines::of(io::BufReader::new(b"ab\nab".chain(Broken)));
        assert!(matches!(lines.next(), Ok(Some(RawLine { number: 1, .. }))));
        assert!(lines.next().is_err());
    }

    proptest! {
        #[test]
        fn lines_are_the_same_in_whatever_pieces_they_arrive(
            pieces in prop::collection::vec(
                prop::sample::select(vec![&b"\n"[..], b"\r\n", b"\r", b" ", b"{}", b"\xff", b"\0", BYTE_ORDER_MARK]),
                0..20,
            ),
            capacity in 1..9_usize,
        ) {
            let body = pieces.concat();
            let whole = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&body);
            let numbered = (1..).zip(whole.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii));
            let filled = numbered.filter(|(_, text)| !text.is_empty()).map(|(number, text)| (number, Some(text.to_vec())));
            let expected: Vec<_> = filled.collect();
            prop_assert_eq!(&texts(body.as_slice()), &expected);
            prop_assert_eq!(texts(io::BufReader::with_capacity(capacity, body.as_slice())), expected);
        }
    }
}

//! Property tests of heads and framing: what bytes mean does not depend on how they arrive.

use super::{
    framing::Framing,
    head::{check_beginning, length, read, stand_in},
};
use percent_encoding::percent_decode;
use proptest::{
    prelude::*,
    sample::{Index, select},
};

const HEADS: [&[u8]; 4] = [
    b"GET /api/v1/clusters?q=M\xfc%C3%BCller|x HTTP/1.1\r\nHost: x\r\nAccept: text/html, */*;q=.1\r\n\r\n",
    b"POST /api/v1/clusters HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close, Upgrade\r\n\r\n",
    b"PUT * HTTP/1.0\r\nContent-Length: 12\r\nX-Request-Id: a-1\r\n\r\n",
    b"GET http://x/ HTTP/1.1\nHost: x\nUpgrade: h2c\n\n",
];
const PIECES: [&[u8]; 16] = [
    b"",
    b" ",
    b"\t",
    b"\r",
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b":",
    b"%",
    b"\0",
    b"\x7f",
    b"\xff",
    b"Host: y\r\n",
    b"HTTP/1.1",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
];
const CHUNKED: [&[u8]; 2] = [
    b"3\r\nabc\r\n0a ;x=\"y\"\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
    b"000f\t;\r\n0123456789abcde\r\n00\r\n\r\n",
];

/// Bytes that are nearly one of those given: up to two pieces of them are replaced.
fn nearly(seeds: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    let edits = prop::collection::vec((any::<Index>(), 0..3_usize, select(&PIECES[..])), 0..3);
    (select(seeds), edits).prop_map(|(seed, edits)| {
        let mut bytes = seed.to_vec();
        for (at, cut, piece) in edits {
            let at = at.index(bytes.len() + 1);
            bytes.splice(at..bytes.len().min(at + cut), piece.iter().copied());
        }
        bytes
    })
}

fn any_head() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![4 => nearly(&HEADS), 1 => prop::collection::vec(any::<u8>(), 0..60)]
}

/// The length of a body that arrives in pieces of these lengths, `None` if more must arrive, or an error.
fn end(mut framing: Framing, bytes: &[u8], pieces: &[usize]) -> Result<Option<usize>, ()> {
    let (mut taken, mut pieces) = (0, pieces.iter().cycle());
    while taken < bytes.len() {
        let until = bytes.len().min(taken + pieces.next().unwrap_or(&1));
        let (length, is_whole) = framing.take(&bytes[taken..until]).map_err(drop)?;
        taken += length;
        if is_whole {
            return Ok(Some(taken));
        }
        assert_eq!(taken, until, "all bytes belong to a body that has not ended");
    }
    Ok(None)
}

proptest! {
    #[test]
    fn the_end_of_a_head_is_found_in_whatever_pieces_it_arrives(bytes in any_head(), cut in any::<Index>()) {
        let whole = length(&bytes, 0);
        let cut = cut.index(bytes.len() + 1);
        let found = length(&bytes[..cut], 0).or_else(|| length(&bytes, cut));
        prop_assert_eq!(found, whole);
    }

    #[test]
    fn a_head_that_was_read_is_read_the_same_again(bytes in any_head()) {
        let Ok(head) = read(&bytes) else { return Ok(()) };
        let again = read(&head.bytes).map_err(|problem| TestCaseError::fail(problem.detail))?;
        prop_assert_eq!(again.bytes.as_slice(), head.bytes.as_slice());
        prop_assert_eq!(again.body.is_some(), head.body.is_some());
        prop_assert_eq!(length(&head.bytes, 0), Some(head.bytes.len()));
    }

    #[test]
    fn a_head_is_never_refused_before_it_is_complete(bytes in any_head(), cut in any::<Index>()) {
        let beginning = &bytes[..cut.index(bytes.len() + 1)];
        let is_good = length(&bytes, 0) == Some(bytes.len()) && read(&bytes).is_ok();
        prop_assert!(!is_good || beginning.is_empty() || check_beginning(beginning).is_ok());
    }

    #[test]
    fn the_library_reads_every_head_and_the_same_address(bytes in any_head()) {
        let target = |bytes: &[u8]| bytes.split(|byte| *byte == b' ').nth(1).map(|target| percent_decode(target).collect::<Vec<u8>>());
        let is_read = |bytes: &[u8]| {
            let mut headers = [httparse::EMPTY_HEADER; 64];
            httparse::Request::new(&mut headers).parse(bytes).is_ok_and(|status| status.is_complete())
        };
        prop_assert!(is_read(&stand_in(&bytes)));
        if let Ok(head) = read(&bytes) {
            prop_assert!(is_read(&head.bytes));
            prop_assert_eq!(target(&head.bytes), target(&bytes));
        }
    }

    #[test]
    fn a_body_ends_at_the_same_byte_in_whatever_pieces_it_arrives(
        bytes in nearly(&CHUNKED),
        pieces in prop::collection::vec(1..9_usize, 1..6),
        length in 0..80_u64,
    ) {
        prop_assert_eq!(end(Framing::chunked(), &bytes, &pieces), end(Framing::chunked(), &bytes, &[usize::MAX >> 1]));
        if length > 0 {
            let whole = usize::try_from(length).ok().filter(|length| *length <= bytes.len());
            prop_assert_eq!(end(Framing::length(length), &bytes, &pieces), Ok(whole));
        }
    }

    #[test]
    fn the_size_of_a_chunk_is_what_the_library_reads(line in "[0-9a-fA-F]{0,18}[ \t]{0,2}(;[ -~]{0,5})?\r?\n?") {
        let theirs = httparse::parse_chunk_size(line.as_bytes());
        let data = vec![b'x'; 40];
        let body = [line.as_bytes(), &data].concat();
        let mut framing = Framing::chunked();
        if let (Ok((_, _)), Ok(httparse::Status::Complete((start, size)))) = (framing.take(&body), theirs)
            && size > 0
        {
            let within = usize::try_from(size).map_or(data.len(), |size| size.min(data.len()));
            let mut alone = Framing::chunked();
            prop_assert!(alone.take(&body[..start + within]).is_ok());
            prop_assert_eq!(alone.take(b"x").is_ok(), within as u64 != size);
        }
    }
}

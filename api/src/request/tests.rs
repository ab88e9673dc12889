//! Property tests of headers, parameters and bodies.

use super::{
    conditions::{Exclusion, Expectation, held, idempotency_key, record_tag},
    encoding::Encoding,
    list,
    negotiation::{best, body_type},
    parameters,
    seal::Seal,
};
use actix_web::{
    HttpRequest,
    http::header::{
        ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH,
    },
    test::TestRequest,
};
use domain::query::Parameters;
use proptest::{
    prelude::*,
    sample::{Index, select},
};
use std::io::{BufReader, Cursor, Read as _, Write as _};

const TYPES: [&str; 3] = ["application/json", "text/csv", "text/html"];

/// What the value of a header can hold (RFC 9110 section 5.5).
fn any_value() -> impl Strategy<Value = HeaderValue> {
    let piece = select(vec![
        "a/b", "*/*", "text/*", "text/csv", "*", "\"", "\\", ",", ";", "=", "q=", "0", ".5", "W/", "gzip",
        " ", "\t",
    ]);
    let pieces = prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat().into_bytes());
    let bytes = prop::collection::vec(prop_oneof![0x20..0x7f_u8, 0x80..=0xff_u8], 0..30);
    prop_oneof![pieces, bytes].prop_map(|bytes| HeaderValue::from_bytes(&bytes).unwrap())
}

fn request(name: &HeaderName, value: impl TryInto<HeaderValue>) -> HttpRequest {
    let value = value.try_into().unwrap_or(HeaderValue::from_static("not a value"));
    TestRequest::default().insert_header((name.clone(), value)).to_http_request()
}

fn any_encoding() -> impl Strategy<Value = Encoding> {
    select(vec![Encoding::Identity, Encoding::Gzip, Encoding::Zstd, Encoding::Brotli])
}

fn compressed(encoding: Encoding, body: &[u8]) -> Vec<u8> {
    match encoding {
        Encoding::Identity => body.to_vec(),
        Encoding::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        Encoding::Zstd => zstd::encode_all(body, 1).unwrap(),
        Encoding::Brotli => {
            let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 3, 20);
            encoder.write_all(body).unwrap();
            encoder.into_inner()
        }
    }
}

/// A body that arrives in pieces of a length.
fn opened(encoding: Encoding, bytes: Vec<u8>, piece: usize) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    encoding.open(BufReader::with_capacity(piece, Cursor::new(bytes)))?.read_to_end(&mut body)?;
    Ok(body)
}

proptest! {
    #[test]
    fn elements_of_a_list_come_back(elements in prop::collection::vec("[!-+.-~]([ -~]{0,8}[!-~])?", 0..5)) {
        let quoted: Vec<String> = elements.iter().map(|it| format!("\"{}\"", it.replace('\\', "\\\\").replace('"', "\\\""))).collect();
        let line = quoted.join(" , ,");
        prop_assert_eq!(list::split(&line, ','), quoted);
    }

    #[test]
    fn no_header_of_choices_breaks_their_parsers(value in any_value()) {
        let mut headers = HeaderMap::new();
        headers.append(ACCEPT, value.clone());
        for (choice, weight) in list::choices(&headers, &ACCEPT) {
            prop_assert!(!choice.is_empty() && (0.0..=1.0).contains(&weight));
        }
        if let Ok(chosen) = best(&request(&ACCEPT, value.clone()), &TYPES) {
            prop_assert!(chosen < TYPES.len());
        }
        if let Some(media_type) = body_type(&request(&CONTENT_TYPE, value.clone())) {
            prop_assert!(!media_type.is_empty() && media_type.trim() == media_type);
        }
        let encoding = Encoding::read(&request(&CONTENT_ENCODING, value), &[Encoding::Gzip]);
        prop_assert!(encoding.is_err() || matches!(encoding, Ok(Encoding::Identity | Encoding::Gzip)));
    }

    #[test]
    fn the_only_media_type_that_is_accepted_is_chosen(chosen in 0..TYPES.len(), weight in 1..=1000_u32, others in any::<bool>()) {
        let others = if others { ", */*;q=0" } else { ", x/y" };
        let accept = format!("{};q={}{others}", TYPES[chosen].to_uppercase(), f64::from(weight) / 1000.0);
        prop_assert_eq!(best(&request(&ACCEPT, accept.as_str()), &TYPES).ok(), Some(chosen));
        let refused = format!("*/*, {};q=0", TYPES[chosen]);
        prop_assert_ne!(best(&request(&ACCEPT, refused.as_str()), &TYPES).ok(), Some(chosen));
    }

    #[test]
    fn a_tag_holds_for_its_version_however_it_was_sent_on(
        version in 1..i64::MAX,
        body in prop::collection::vec(any::<u8>(), 0..9),
        form in select(vec!["\"{}\"", "W/\"{}\"", "\"x\", \"{}-gzip\"", "{}", "\"{}-br\" ,"]),
    ) {
        let tag = record_tag(version, &body);
        let sent = form.replace("{}", &tag);
        let expectation = Expectation::read(&request(&IF_MATCH, sent.as_str()));
        prop_assert!(expectation.check(version).is_ok() && expectation.check(version - 1).is_err());
        let request = request(&IF_NONE_MATCH, sent.as_str());
        prop_assert!(held(&request, &tag).is_some() && held(&request, &record_tag(version - 1, &body)).is_none());
        prop_assert!(Exclusion::read(&request).check(Some(version)).is_err());
    }

    #[test]
    fn no_condition_breaks_its_parsers(value in any_value(), version in 0..3_i64) {
        let _ = Expectation::read(&request(&IF_MATCH, value.clone())).check(version);
        let _ = held(&request(&IF_NONE_MATCH, value.clone()), "1-x");
        let request = TestRequest::default().insert_header(("idempotency-key", value)).to_http_request();
        if let Ok(key) = idempotency_key(&request) {
            prop_assert!(key.is_some_and(|key| (1..=255).contains(&key.len())));
        }
    }

    #[test]
    fn a_key_is_the_same_bare_and_quoted(key in "[!#-~]{1,255}") {
        let read = |value: &str| {
            let request = TestRequest::default().insert_header(("idempotency-key", value)).to_http_request();
            idempotency_key(&request).ok().flatten()
        };
        prop_assert_eq!(read(&key), Some(key.clone()));
        prop_assert_eq!(read(&format!("\"{key}\"")), Some(key));
    }

    #[test]
    fn parameters_come_back_and_are_what_the_library_reads(
        pairs in prop::collection::vec((any::<String>(), any::<String>()), 0..5),
        query in "[ -\"$-;=?-~%+&=]{0,12}(%[0-9A-Fa-f]{2}|%[0-9a-g]|[a-z&=+]){0,6}",
    ) {
        let read = |query: &str| parameters::read(&TestRequest::with_uri(&format!("/?{query}")).to_http_request()).ok();
        let is_text = pairs.iter().all(|(name, value)| !name.contains('\0') && !value.contains('\0'));
        let written = parameters::write(&pairs);
        prop_assert_eq!(read(&written), is_text.then(|| Parameters::new(pairs)));
        let is_uri = format!("/?{query}").parse::<actix_web::http::Uri>().is_ok();
        if let Some(ours) = is_uri.then(|| read(&query)).flatten() {
            let theirs = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            prop_assert_eq!(ours, Parameters::new(theirs));
        }
    }

    #[test]
    fn a_body_comes_back_in_whatever_pieces_it_arrives(
        encoding in any_encoding(),
        body in prop::collection::vec(any::<u8>(), 0..300),
        piece in 1..64_usize,
    ) {
        let bytes = compressed(encoding, &body);
        prop_assert_eq!(opened(encoding, bytes, piece).unwrap(), body);
    }

    #[test]
    fn a_compressed_body_that_broke_off_is_never_whole(
        encoding in any_encoding(),
        body in prop::collection::vec(any::<u8>(), 0..300),
        cut in any::<Index>(),
    ) {
        let mut bytes = compressed(encoding, &body);
        bytes.truncate(cut.index(bytes.len().max(1)));
        prop_assert!(encoding == Encoding::Identity || opened(encoding, bytes, 7).is_err());
    }

    #[test]
    fn no_bytes_break_a_decoder(encoding in any_encoding(), bytes in prop::collection::vec(any::<u8>(), 0..60), at in any::<Index>()) {
        let _ = opened(encoding, bytes.clone(), 5);
        let mut damaged = compressed(encoding, &bytes);
        if !damaged.is_empty() {
            let at = at.index(damaged.len());
            damaged[at] ^= 0x11;
            let _ = opened(encoding, damaged, 5);
        }
    }

    #[test]
    fn no_seal_fits_another_cursor(cursor in any::<String>(), other in any::<String>()) {
        let seal = Seal::new("secret");
        let sealed = seal.close(&cursor);
        prop_assert_eq!(seal.open(&sealed), Some(cursor.as_str()));
        prop_assert!(seal.open(&other).is_none() && Seal::new("another").open(&sealed).is_none());
        let (_, code) = sealed.rsplit_once('.').unwrap();
        prop_assert_eq!(seal.open(&format!("{other}.{code}")).is_some(), other == cursor);
    }
}

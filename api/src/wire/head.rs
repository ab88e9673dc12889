//! The head of a request (RFC 9112 sections 3 and 5): read, checked, and written anew for the HTTP library.

use super::{framing::Framing, headers_too_large, uri_too_long};
use crate::{
    limits::{MAX_HEADER_LINES, MAX_HEADERS, MAX_URI},
    problem::{BAD_REQUEST, HEADERS_TOO_LARGE, Problem},
};
use actix_web::http::{Method, Uri};
use httparse::{EMPTY_HEADER, Header, Status};
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use std::io::Write as _;

/// What may not stand in an address as it is (RFC 3986 section 2), but for blanks, which are refused.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A head that the HTTP library can read.
pub(super) struct Head {
    /// As it is handed on.
    pub(super) bytes: Vec<u8>,
    /// How its body is framed; `None` where there is none.
    pub(super) body: Option<Framing>,
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::new(&BAD_REQUEST, detail)
}

/// How long a head is, with the empty line that ends it; what was searched before is not searched again.
pub(super) fn length(bytes: &[u8], searched: usize) -> Option<usize> {
    let start = searched.saturating_sub(3);
    let rest = &bytes[start..];
    let ends = |(i, byte): (usize, &u8)| {
        let behind = &rest[i + 1..];
        let length = if behind.starts_with(b"\n") { 2 } else { 3 };
        (*byte == b'\n' && (behind.starts_with(b"\n") || behind.starts_with(b"\r\n")))
            .then_some(start + i + length)
    };
    rest.iter().enumerate().find_map(ends)
}

/// Refuses what does not begin as a request does, without waiting for more.
///
/// # Errors
/// 400.
pub(super) fn check_beginning(bytes: &[u8]) -> Result<(), Problem> {
    if bytes.starts_with(b"\x16\x03") {
        return Err(malformed(
            "This is TLS, and the port speaks plain HTTP: use http://, or the proxy in front.",
        ));
    }
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => RequestLine::read(&bytes[..end]).map(drop),
        None if bytes.first().is_some_and(u8::is_ascii_graphic) => Ok(()),
        None => Err(malformed("This is not HTTP.")),
    }
}

/// Reads a whole head.
///
/// # Errors
/// 400 for what cannot be understood, 414 and 431 for what is too large.
pub(super) fn read(head: &[u8]) -> Result<Head, Problem> {
    let end = head.iter().position(|byte| *byte == b'\n').unwrap_or(head.len());
    let line = RequestLine::read(&head[..end])?;
    let mut headers = [EMPTY_HEADER; MAX_HEADER_LINES];
    let headers = match httparse::parse_headers(head.get(end + 1..).unwrap_or_default(), &mut headers) {
        Ok(Status::Complete((_, headers))) => headers,
        Ok(Status::Partial) => return Err(malformed("The headers have no end.")),
        Err(httparse::Error::TooManyHeaders) => {
            let detail = format!("There may be {MAX_HEADER_LINES} headers at the most.");
            return Err(Problem::new(&HEADERS_TOO_LARGE, detail));
        }
        Err(error) => return Err(malformed(bad_header(error))),
    };
    let size: usize = headers.iter().map(|header| header.name.len() + header.value.len() + 4).sum();
    if size > MAX_HEADERS {
        return Err(headers_too_large());
    }
    let body = framing(&line, headers)?;
    Ok(Head { bytes: written(&line, headers), body })
}

/// What is wrong with a header.
fn bad_header(error: httparse::Error) -> &'static str {
    match error {
        httparse::Error::HeaderName => {
            "A header is malformed: each line must be 'Name: value', without blanks before the colon, and not continued on the next line."
        }
        httparse::Error::HeaderValue => "The value of a header holds a control character.",
        _ => "The headers are malformed: lines must end with CR LF.",
    }
}

/// The first line of a request.
struct RequestLine {
    method: Method,
    target: String,
    /// HTTP/1.1, not 1.0.
    is_newer: bool,
}

impl RequestLine {
    /// Reads it, and encodes in its target what should have been.
    fn read(line: &[u8]) -> Result<Self, Problem> {
        const FORM: &str = "The first line must be 'METHOD /path HTTP/1.1'.";
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut words = line.splitn(2, |byte| *byte == b' ');
        let (method, rest) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let method = Method::from_bytes(method).map_err(|_| malformed(FORM))?;
        let space = rest.iter().rposition(|byte| *byte == b' ').ok_or_else(|| malformed(FORM))?;
        let (target, version) = (&rest[..space], &rest[space + 1..]);
        let is_newer = match version {
            b"HTTP/1.1" => true,
            b"HTTP/1.0" => false,
            _ if version.starts_with(b"HTTP/") => {
                return Err(malformed("This server speaks HTTP/1.1 and HTTP/1.0."));
            }
            _ => {
                return Err(malformed(
                    "The address holds a blank, or HTTP/1.1 is missing behind it: a blank is written %20.",
                ));
            }
        };
        if method == Method::CONNECT {
            return Err(malformed("CONNECT is for proxies, and this server is none."));
        }
        if target.len() > MAX_URI {
            return Err(uri_too_long());
        }
        if let Some(byte) = target.iter().find(|byte| **byte <= b' ' || **byte == 0x7f) {
            return Err(malformed(format!(
                "The address holds a blank or control character: it is written %{byte:02X}."
            )));
        }
        let target = percent_encode(target, UNSAFE).to_string();
        let is_known =
            ["/", "http://", "https://"].iter().any(|form| target.starts_with(form)) || target == "*";
        if !is_known || target.parse::<Uri>().is_err() {
            return Err(malformed(
                "The address must be a path that begins with '/', percent-encoded (RFC 3986).",
            ));
        }
        Ok(Self { method, target, is_newer })
    }
}

/// How the body is framed (RFC 9112 section 6.3). Whatever may be read in two ways is refused.
fn framing(line: &RequestLine, headers: &[Header<'_>]) -> Result<Option<Framing>, Problem> {
    let all = |name: &str| {
        let same = headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        same.map(|header| header.value.trim_ascii()).collect::<Vec<_>>()
    };
    match all("host").len() {
        0 if line.is_newer => return Err(malformed("The header Host is missing.")),
        0 | 1 => {}
        _ => return Err(malformed("There is more than one header Host.")),
    }
    match (all("content-length").as_slice(), all("transfer-encoding").as_slice()) {
        ([], []) if !line.is_newer && line.method == Method::POST => {
            Err(malformed("With HTTP/1.0 a POST needs the header Content-Length."))
        }
        ([], []) => Ok(None),
        ([length], []) => {
            let digits =
                std::str::from_utf8(length).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
            match digits.and_then(|digits| digits.parse().ok()) {
                Some(0) => Ok(None),
                Some(length) => Ok(Some(Framing::length(length))),
                None => Err(malformed("Content-Length must be a number of bytes.")),
            }
        }
        ([], [encoding]) if line.is_newer && encoding.eq_ignore_ascii_case(b"chunked") => {
            Ok(Some(Framing::chunked()))
        }
        ([], _) => Err(malformed("Transfer-Encoding must be 'chunked', once, with HTTP/1.1.")),
        _ => Err(malformed("Send one Content-Length, or Transfer-Encoding, and not both.")),
    }
}

/// The head as the HTTP library gets it. An upgrade that nobody offers is not asked for (RFC 9110 section 7.8).
fn written(line: &RequestLine, headers: &[Header<'_>]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256 + line.target.len() + headers.len() * 64);
    let version = if line.is_newer { "HTTP/1.1" } else { "HTTP/1.0" };
    // Writing into memory does not fail.
    let _ = write!(bytes, "{} {} {version}\r\n", line.method, line.target);
    let mut add = |name: &str, value: &[u8]| {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    };
    let is_upgrade =
        |name: &str| ["upgrade", "http2-settings"].iter().any(|known| name.eq_ignore_ascii_case(known));
    for Header { name, value } in headers.iter().filter(|header| !is_upgrade(header.name)) {
        if name.eq_ignore_ascii_case("connection") {
            let options = String::from_utf8_lossy(value);
            let options: Vec<&str> =
                options.split(',').map(str::trim).filter(|option| !is_upgrade(option)).collect();
            add(name, options.join(", ").as_bytes());
        } else {
            add(name, value);
        }
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

/// A request that stands for a head that was refused: with its path and its id, as far as they can be read.
pub(super) fn stand_in(head: &[u8]) -> Vec<u8> {
    const ID: &[u8] = b"x-request-id:";
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let target = lines.next().unwrap_or_default().split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    let path = target.split(|byte| *byte == b'?').next().unwrap_or_default();
    let path = if path.starts_with(b"/") { &path[..path.len().min(200)] } else { b"/" };
    let path = percent_encode(path, UNSAFE);
    let id = lines.find_map(|line| {
        let (name, value) = line.split_at_checked(ID.len())?;
        name.eq_ignore_ascii_case(ID).then_some(value.trim_ascii())
    });
    let id = id.filter(|id| id.len() <= 128 && id.iter().all(u8::is_ascii_graphic)).unwrap_or_default();
    let id = String::from_utf8_lossy(id);
    format!(
        "{} {path} HTTP/1.1\r\nhost: refused\r\nx-request-id: {id}\r\nconnection: close\r\n\r\n",
        super::REFUSED
    )
    .into_bytes()
}

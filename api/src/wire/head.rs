//! Parses and checks the head of a request (RFC 9112 sections 3 and 5), and rewrites it for the HTTP library.

use super::{framing::Framing, headers_too_large, malformed, too_many_headers, uri_too_long};
use crate::{
    limits::{MAX_HEADER_LINES, MAX_HEADERS, MAX_URI},
    problem::Problem,
};
use actix_web::http::{Method, Uri};
use httparse::{EMPTY_HEADER, Header, Status};
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use std::io::Write as _;

/// Characters to percent-encode in an address (RFC 3986 section 2). Spaces never get that far: they are rejected.
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
    /// The rewritten head.
    pub(super) bytes: Vec<u8>,
    /// Framing of the body, or `None` without a body.
    pub(super) body: Option<Framing>,
}

/// The length of a head including the empty line that ends it. Skips the bytes that were already searched.
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

/// Rejects data that does not start like a request, without waiting for more.
///
/// # Errors
/// 400.
pub(super) fn check_beginning(bytes: &[u8]) -> Result<(), Problem> {
    if bytes.starts_with(b"\x16\x03") {
        return Err(malformed(
            "This is TLS, but the port serves plain HTTP: use http://, or the address of the HTTPS proxy.",
        ));
    }
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => RequestLine::read(&bytes[..end]).map(drop),
        None if bytes.first().is_some_and(u8::is_ascii_graphic) => Ok(()),
        None => Err(malformed("This is not HTTP.")),
    }
}

/// Parses a complete head.
///
/// # Errors
/// 400 if it is malformed, 414 or 431 if it is too large.
pub(super) fn read(head: &[u8]) -> Result<Head, Problem> {
    let end = head.iter().position(|byte| *byte == b'\n').unwrap_or(head.len());
    let line = RequestLine::read(&head[..end])?;
    let mut headers = [EMPTY_HEADER; MAX_HEADER_LINES];
    let headers = match httparse::parse_headers(head.get(end + 1..).unwrap_or_default(), &mut headers) {
        Ok(Status::Complete((_, headers))) => headers,
        Ok(Status::Partial) => return Err(malformed("The headers are incomplete.")),
        Err(httparse::Error::TooManyHeaders) => return Err(too_many_headers()),
        Err(error) => return Err(malformed(bad_header(error))),
    };
    let size: usize = headers.iter().map(|header| header.name.len() + header.value.len() + 4).sum();
    if size > MAX_HEADERS {
        return Err(headers_too_large());
    }
    let body = framing(&line, headers)?;
    Ok(Head { bytes: written(&line, headers), body })
}

/// Describes a malformed header.
fn bad_header(error: httparse::Error) -> &'static str {
    match error {
        httparse::Error::HeaderName => {
            "A header is malformed: each line must be 'Name: value', without spaces before the colon, and must not continue on the next line."
        }
        httparse::Error::HeaderValue => "The value of a header contains a control character.",
        _ => "The headers are malformed: lines must end with CR LF.",
    }
}

/// The first line of a request.
struct RequestLine {
    method: Method,
    target: String,
    /// HTTP/1.1 rather than 1.0.
    is_newer: bool,
}

impl RequestLine {
    /// Parses the line, and percent-encodes the target where needed.
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
                return Err(malformed("This server supports HTTP/1.1 and HTTP/1.0."));
            }
            _ => {
                return Err(malformed(
                    "The address contains a space, or HTTP/1.1 is missing after it. Encode spaces as %20.",
                ));
            }
        };
        if method == Method::CONNECT {
            return Err(malformed("CONNECT is not supported: this server is not a proxy."));
        }
        if target.len() > MAX_URI {
            return Err(uri_too_long());
        }
        if let Some(byte) = target.iter().find(|byte| **byte <= b' ' || **byte == 0x7f) {
            return Err(malformed(format!(
                "The address contains a space or control character: encode it as %{byte:02X}."
            )));
        }
        let target = percent_encode(target, UNSAFE).to_string();
        let is_known =
            ["/", "http://", "https://"].iter().any(|form| target.starts_with(form)) || target == "*";
        if !is_known || target.parse::<Uri>().is_err() {
            return Err(malformed(
                "The address must be a percent-encoded path that starts with '/' (RFC 3986).",
            ));
        }
        Ok(Self { method, target, is_newer })
    }
}

/// Determines the framing of the body (RFC 9112 section 6.3). Rejects everything ambiguous.
fn framing(line: &RequestLine, headers: &[Header<'_>]) -> Result<Option<Framing>, Problem> {
    let all = |name: &str| {
        let same = headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        same.map(|header| header.value.trim_ascii()).collect::<Vec<_>>()
    };
    match all("host").len() {
        0 if line.is_newer => return Err(malformed("The header Host is missing.")),
        0 | 1 => {}
        _ => return Err(malformed("There must be only one header Host.")),
    }
    match (all("content-length").as_slice(), all("transfer-encoding").as_slice()) {
        ([], []) if !line.is_newer && line.method == Method::POST => {
            Err(malformed("A POST with HTTP/1.0 requires the header Content-Length."))
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
        ([], _) => Err(malformed("Transfer-Encoding must be a single 'chunked', with HTTP/1.1.")),
        _ => Err(malformed("Send either one Content-Length or Transfer-Encoding, not both.")),
    }
}

/// The head for the HTTP library. Requests to upgrade are dropped, because none is supported (RFC 9110 section 7.8).
fn written(line: &RequestLine, headers: &[Header<'_>]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256 + line.target.len() + headers.len() * 64);
    let version = if line.is_newer { "HTTP/1.1" } else { "HTTP/1.0" };
    // Writing to memory does not fail.
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

/// A request in place of a rejected head, with its path and request id if they can be read.
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

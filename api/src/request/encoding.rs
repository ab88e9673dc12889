//! Content encodings of request bodies (RFC 9110 section 8.4).

use crate::problem::{Problem, UNSUPPORTED_MEDIA_TYPE};
use actix_web::{
    HttpRequest,
    http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderValue},
};
use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Read};

/// Buffer size for compressed and decompressed bytes.
const BUFFER: usize = 64 * 1024;
/// Maximum zstd window as a power of two: 8 MiB, which all decoders should support (RFC 8878 section 3.1.1.1.2).
const ZSTD_WINDOW: u32 = 23;

/// A content encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Not compressed.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
    /// RFC 7932.
    Brotli,
}

/// Why a body cannot be read, for its sender. The message of the library is logged.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub &'static str);

impl Broken {
    /// A body that ended early.
    pub const OFF: Self = Self("the connection or its framing broke off before the body was whole");

    /// A body that arrived too slowly.
    pub const SLOW: Self = Self("it arrived at less than 1,000 bytes per second, after the first 10 seconds");

    /// Converts it into an I/O error.
    pub fn into_io(self) -> io::Error {
        io::Error::new(io::ErrorKind::UnexpectedEof, self)
    }
}

impl Encoding {
    /// The number of encodings.
    pub const COUNT: usize = 4;

    /// The token in Content-Encoding and Accept-Encoding.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Brotli => "br",
        }
    }

    /// Parses a token, case-insensitively.
    pub fn of_word(word: &str) -> Option<Self> {
        // The older name (RFC 9110 section 8.4.1.3).
        let word = if word.eq_ignore_ascii_case("x-gzip") { "gzip" } else { word };
        let all = [Self::Identity, Self::Gzip, Self::Zstd, Self::Brotli];
        all.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(word))
    }

    /// Parses Content-Encoding. `taken` are the accepted encodings.
    ///
    /// # Errors
    /// 415 for any other encoding, and for more than one.
    pub fn read(request: &HttpRequest, taken: &[Self]) -> Result<Self, Problem> {
        let mut encodings = request.headers().get_all(CONTENT_ENCODING);
        let Some(encoding) = encodings.next() else { return Ok(Self::Identity) };
        let known = Self::of_word(encoding.to_str().unwrap_or_default().trim());
        let known = known.filter(|known| *known == Self::Identity || taken.contains(known));
        known.filter(|_| encodings.next().is_none()).ok_or_else(|| {
            let words = taken.iter().map(|taken| taken.as_str()).collect::<Vec<_>>();
            let detail = format!("The body may be compressed once, with {}.", words.join(" or "));
            let problem = Problem::new(&UNSUPPORTED_MEDIA_TYPE, detail);
            match HeaderValue::from_str(&words.join(", ")) {
                Ok(words) => problem.with_header(ACCEPT_ENCODING, words),
                Err(_) => problem,
            }
        })
    }

    /// Decompresses a body. A truncated stream is an error, and so is an empty compressed body.
    ///
    /// # Errors
    /// If the decoder cannot be created.
    pub fn open(self, body: impl BufRead + Send + 'static) -> io::Result<Box<dyn BufRead + Send>> {
        let decoder: Box<dyn Read + Send> = match self {
            Self::Identity => return Ok(Box::new(body)),
            Self::Gzip => Box::new(MultiGzDecoder::new(body)),
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(body)?;
                decoder.window_log_max(ZSTD_WINDOW)?;
                Box::new(decoder)
            }
            Self::Brotli => Box::new(brotli_decompressor::Decompressor::new(body, BUFFER)),
        };
        Ok(Box::new(BufReader::with_capacity(BUFFER, Decoded { decoder, encoding: self })))
    }

    /// Translates an error of a decoder.
    fn fault(self, cause: &io::Error) -> Broken {
        let is_cut = cause.kind() == io::ErrorKind::UnexpectedEof;
        Broken(match self {
            Self::Identity => return Broken::OFF,
            Self::Gzip if is_cut => "the gzip stream ends too early",
            Self::Gzip => "the gzip stream is damaged",
            Self::Zstd if is_cut => "the zstd stream ends too early",
            // The error does not contain the code of the decoder, only its message.
            Self::Zstd if cause.to_string().contains("too much memory") => {
                "the zstd stream needs a window of more than 8 MiB: compress it with level 19 or lower and without --long"
            }
            Self::Zstd => "the zstd stream is damaged",
            Self::Brotli => "the brotli stream is damaged or ends too early",
        })
    }
}

/// A decoder whose errors are translated to [`Broken`].
struct Decoded {
    decoder: Box<dyn Read + Send>,
    encoding: Encoding,
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.decoder.read(buffer).map_err(|cause| {
            let is_told = cause.get_ref().is_some_and(|cause| cause.is::<Broken>());
            if is_told || cause.kind() == io::ErrorKind::Interrupted {
                return cause;
            }
            log::info!("cannot decompress a request body: {cause}");
            self.encoding.fault(&cause).into_io()
        })
    }
}

//! How bodies are compressed (RFC 9110 section 8.4), and how they are read again.

use crate::problem::{Problem, UNSUPPORTED_MEDIA_TYPE};
use actix_web::{
    HttpRequest,
    http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderValue},
};
use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Read};

/// Bytes of a compressed stream, and of what comes out of it, that are read at a time.
const BUFFER: usize = 64 * 1024;
/// The largest window of zstd, as a power of two: 8 MiB, which RFC 8878 section 3.1.1.1.2 says that every decoder takes.
const ZSTD_WINDOW: u32 = 23;

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Not at all.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
    /// RFC 7932.
    Brotli,
}

/// Why a body cannot be read, in words for its sender. What a library says of it goes into the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub &'static str);

impl Broken {
    /// What is said when a body ends before it is whole.
    pub const OFF: Self = Self("the connection or its framing broke off before the body was whole");

    /// As an error of a stream.
    pub fn into_io(self) -> io::Error {
        io::Error::new(io::ErrorKind::UnexpectedEof, self)
    }
}

impl Encoding {
    /// The word for it in Content-Encoding and Accept-Encoding.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Brotli => "br",
        }
    }

    /// The encoding of a word, in any case.
    pub fn of_word(word: &str) -> Option<Self> {
        // The older name of it (RFC 9110 section 8.4.1.3).
        let word = if word.eq_ignore_ascii_case("x-gzip") { "gzip" } else { word };
        let all = [Self::Identity, Self::Gzip, Self::Zstd, Self::Brotli];
        all.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(word))
    }

    /// Reads Content-Encoding, where some are taken.
    ///
    /// # Errors
    /// 415 for any other, and for several: a body that was compressed twice is not what the first says.
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

    /// The decompressed bytes of a body. What ends before its stream does is an error, and so is nothing at all where
    /// a stream should be.
    ///
    /// # Errors
    /// When a decoder cannot be made.
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

    /// What is wrong with a stream of which its decoder says this.
    fn fault(self, cause: &io::Error) -> Broken {
        let is_cut = cause.kind() == io::ErrorKind::UnexpectedEof;
        Broken(match self {
            Self::Identity => return Broken::OFF,
            Self::Gzip if is_cut => "the gzip stream ends too early",
            Self::Gzip => "the gzip stream is damaged",
            Self::Zstd if is_cut => "the zstd stream ends too early",
            // The decoder has a code for it, which its errors do not carry.
            Self::Zstd if cause.to_string().contains("too much memory") => {
                "the zstd stream needs a window of more than 8 MiB: compress it with level 19 or lower and without --long"
            }
            Self::Zstd => "the zstd stream is damaged",
            Self::Brotli => "the brotli stream is damaged or ends too early",
        })
    }
}

/// What a decoder gives, and what is wrong in words of this house.
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
            log::info!("a body cannot be decompressed: {cause}");
            self.encoding.fault(&cause).into_io()
        })
    }
}

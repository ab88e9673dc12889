//! Encoders. The levels were chosen by measurement (bench/RESULTS.md).

use crate::request::encoding::Encoding;
use flate2::{Compression, write::GzEncoder};
use std::io::{self, Write};

const GZIP_LEVEL: u32 = 3;
const ZSTD_LEVEL: i32 = 3;
const BROTLI_LEVEL: u32 = 4;
/// Minimum and maximum brotli window, as powers of two. A small body needs no larger window than its size.
const BROTLI_WINDOWS: (u32, u32) = (10, 20);
/// Input buffer of brotli in bytes.
const BROTLI_BUFFER: usize = 32 * 1024;

/// An encoder that writes to memory.
pub(super) enum Encoder {
    Identity(Vec<u8>),
    Gzip(GzEncoder<Vec<u8>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
}

impl Encoder {
    /// Creates an encoder. `bytes` is the size of the body, if known.
    pub(super) fn new(encoding: Encoding, bytes: Option<usize>) -> io::Result<Self> {
        Ok(match encoding {
            Encoding::Identity => Self::Identity(Vec::new()),
            Encoding::Gzip => Self::Gzip(GzEncoder::new(Vec::new(), Compression::new(GZIP_LEVEL))),
            Encoding::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL)?;
                encoder.set_pledged_src_size(bytes.map(|bytes| bytes as u64))?;
                Self::Zstd(encoder)
            }
            Encoding::Brotli => {
                let (least, most) = BROTLI_WINDOWS;
                let window =
                    bytes.map_or(most, |bytes| (usize::BITS - bytes.leading_zeros()).clamp(least, most));
                let encoder = brotli::CompressorWriter::new(Vec::new(), BROTLI_BUFFER, BROTLI_LEVEL, window);
                Self::Brotli(Box::new(encoder))
            }
        })
    }

    /// Encodes a complete body.
    pub(super) fn all(mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        self.writer().write_all(bytes)?;
        self.end()
    }

    /// Encodes a chunk and flushes, so that the reader can decode all of it.
    pub(super) fn piece(mut self, chunk: &[u8]) -> io::Result<(Self, Vec<u8>)> {
        let writer = self.writer();
        writer.write_all(chunk)?;
        writer.flush()?;
        let piece = std::mem::take(match &mut self {
            Self::Identity(bytes) => bytes,
            Self::Gzip(encoder) => encoder.get_mut(),
            Self::Zstd(encoder) => encoder.get_mut(),
            Self::Brotli(encoder) => encoder.get_mut(),
        });
        Ok((self, piece))
    }

    /// Finishes and returns the remaining bytes.
    pub(super) fn end(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Identity(bytes) => Ok(bytes),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
            Self::Brotli(encoder) => Ok(encoder.into_inner()),
        }
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Identity(bytes) => bytes,
            Self::Gzip(encoder) => encoder,
            Self::Zstd(encoder) => encoder,
            Self::Brotli(encoder) => encoder,
        }
    }
}

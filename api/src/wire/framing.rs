//! Finds the end of a body (RFC 9112 sections 6 and 7).

/// The framing of a body that passes through.
pub(super) enum Framing {
    /// Number of bytes left.
    Length(u64),
    /// Chunked.
    Chunked(Chunked),
}

/// Invalid chunked framing.
pub(super) struct Broken;

/// Position of the next byte in a chunked body.
#[derive(Clone, Copy)]
pub(super) enum Chunked {
    /// In the size of a chunk: value and number of digits so far.
    Size {
        size: u64,
        digits: u8,
    },
    /// In whitespace after the size.
    Blank {
        size: u64,
    },
    /// In a chunk extension, which is ignored.
    Extension {
        size: u64,
    },
    /// After CR: LF must follow.
    SizeEnd {
        size: u64,
    },
    /// In the data of a chunk, with the number of bytes left.
    Data {
        left: u64,
    },
    /// After the data: CR, then LF.
    DataCr,
    DataLf,
    /// In the trailer section: whether the current line is empty so far.
    Trailer {
        is_empty: bool,
    },
    TrailerEnd {
        is_last: bool,
    },
}

impl Framing {
    /// A body with a Content-Length.
    pub(super) fn length(bytes: u64) -> Self {
        Self::Length(bytes)
    }

    /// A chunked body.
    pub(super) fn chunked() -> Self {
        Self::Chunked(Chunked::Size { size: 0, digits: 0 })
    }

    /// Returns how many of the bytes belong to the body, and whether the body ends with them.
    ///
    /// # Errors
    /// If the chunked framing is invalid.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(usize, bool), Broken> {
        match self {
            Self::Length(left) => {
                let length = usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len()));
                *left -= length as u64;
                Ok((length, *left == 0))
            }
            Self::Chunked(place) => {
                let mut taken = 0;
                while let Some(byte) = bytes.get(taken) {
                    if let Chunked::Data { left } = place {
                        let length =
                            usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len() - taken));
                        (taken, *left) = (taken + length, *left - length as u64);
                        if *left == 0 {
                            *place = Chunked::DataCr;
                        }
                        continue;
                    }
                    taken += 1;
                    match place.next(*byte)? {
                        Some(next) => *place = next,
                        None => return Ok((taken, true)),
                    }
                }
                Ok((taken, false))
            }
        }
    }
}

impl Chunked {
    /// The position after a byte, or `None` at the end of the body.
    fn next(self, byte: u8) -> Result<Option<Self>, Broken> {
        let next = match (self, byte) {
            (Self::Size { size, digits }, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') if digits < 16 => {
                let digit = char::from(byte).to_digit(16).map_or(0, u64::from);
                Self::Size { size: size << 4 | digit, digits: digits + 1 }
            }
            (Self::Size { digits: 0, .. }, _) => return Err(Broken),
            (Self::Size { size, .. } | Self::Blank { size } | Self::Extension { size }, b'\r') => {
                Self::SizeEnd { size }
            }
            (Self::Size { size, .. } | Self::Blank { size }, b' ' | b'\t') => Self::Blank { size },
            (Self::Size { size, .. } | Self::Blank { size }, b';') => Self::Extension { size },
            (Self::Extension { size }, b' '..=b'~' | b'\t' | 0x80..) => Self::Extension { size },
            (Self::SizeEnd { size: 0 }, b'\n') => Self::Trailer { is_empty: true },
            (Self::SizeEnd { size }, b'\n') => Self::Data { left: size },
            (Self::DataCr, b'\r') => Self::DataLf,
            (Self::DataLf, b'\n') => Self::Size { size: 0, digits: 0 },
            (Self::Trailer { is_empty }, b'\r') => Self::TrailerEnd { is_last: is_empty },
            (Self::Trailer { .. }, b' '..=b'~' | b'\t' | 0x80..) => Self::Trailer { is_empty: false },
            (Self::TrailerEnd { is_last: true }, b'\n') => return Ok(None),
            (Self::TrailerEnd { is_last: false }, b'\n') => Self::Trailer { is_empty: true },
            _ => return Err(Broken),
        };
        Ok(Some(next))
    }
}

#[cfg(test)]
mod tests {
    use super::Framing;

    /// Length of the body if it arrives in pieces of the given length.
    fn end(mut framing: Framing, bytes: &[u8], piece: usize) -> Option<usize> {
        let mut taken = 0;
        for piece in bytes.chunks(piece) {
            let (length, is_whole) = framing.take(piece).ok()?;
            taken += length;
            if is_whole {
                return Some(taken);
            }
            assert_eq!(length, piece.len());
        }
        None
    }

    #[test]
    fn a_body_ends_where_its_framing_says() {
        let chunked = b"3\r\nabc\r\n0a ;x=\"y\"\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
        let bytes = [&chunked[..], b"GET / HTTP/1.1\r\n"].concat();
        for piece in 1..bytes.len() {
            assert_eq!(end(Framing::chunked(), &bytes, piece), Some(chunked.len()), "{piece}");
            assert_eq!(end(Framing::length(17), &bytes, piece), Some(17), "{piece}");
        }
        for broken in [
            &b"\r\n"[..],
            b"x\r\n",
            b"3\nabc",
            b"3\r\nabcd\r\n",
            b"11111111111111111\r\n",
            b"0\r\nx\n",
            b"1;\x00\r\n",
            b"1 2\r\n",
        ] {
            assert_eq!(end(Framing::chunked(), broken, 1), None, "{broken:?}");
        }
        assert_eq!(end(Framing::chunked(), b"3\r\nabc\r\n", 2), None);
    }
}

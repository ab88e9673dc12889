//! Bytes and time of each content encoding at each level, for files that a server answered:
//! `cargo run --release --manifest-path bench/encodings/Cargo.toml -- FILE...`

use std::{io::Write as _, time::Instant};

type Encode = fn(&[u8], u32) -> std::io::Result<Vec<u8>>;

const ENCODERS: [(&str, &[u32], Encode); 3] = [
    ("gzip", &[1, 2, 3, 4, 5, 6, 9], gzip),
    ("zstd", &[1, 2, 3, 4, 5, 6, 9], zstd),
    ("br", &[1, 2, 3, 4, 5, 6], brotli),
];

/// How long each file is encoded again and again, in milliseconds.
const PATIENCE: u128 = 300;

fn gzip(bytes: &[u8], level: u32) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn zstd(bytes: &[u8], level: u32) -> std::io::Result<Vec<u8>> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), level as i32)?;
    encoder.set_pledged_src_size(Some(bytes.len() as u64))?;
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn brotli(bytes: &[u8], level: u32) -> std::io::Result<Vec<u8>> {
    let window = (usize::BITS - bytes.len().max(1024).leading_zeros()).clamp(10, 22);
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 32 * 1024, level, window);
    encoder.write_all(bytes)?;
    Ok(encoder.into_inner())
}

fn main() -> std::io::Result<()> {
    for file in std::env::args().skip(1) {
        let bytes = std::fs::read(&file)?;
        println!("\n| {file}, {} bytes | bytes | of the file | µs |\n|---|---|---|---|", bytes.len());
        for (name, levels, encode) in ENCODERS {
            for level in levels {
                let (started, mut times, mut size) = (Instant::now(), Vec::new(), 0);
                while times.len() < 3 || started.elapsed().as_millis() < PATIENCE {
                    let begun = Instant::now();
                    size = encode(&bytes, *level)?.len();
                    times.push(begun.elapsed().as_micros());
                }
                times.sort_unstable();
                let share = 100.0 * size as f64 / bytes.len() as f64;
                println!("| {name} {level} | {size} | {share:.1} % | {} |", times[times.len() / 2]);
            }
        }
    }
    Ok(())
}

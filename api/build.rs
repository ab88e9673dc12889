//! Compresses the API's description, which the server embeds.

use flate2::{Compression, write::GzEncoder};
use std::{env, fs, io, path::PathBuf};

const DOCUMENT: &str = "../openapi/openapi.json";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    let folder = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut out = GzEncoder::new(fs::File::create(folder.join("openapi.json.gz"))?, Compression::best());
    io::copy(&mut fs::File::open(DOCUMENT)?, &mut out)?;
    out.finish().map(drop)
}

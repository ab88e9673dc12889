//! Compresses the descriptions of the API, which the server embeds.

use flate2::{Compression, write::GzEncoder};
use std::{env, fs, io, path::PathBuf};

const DOCUMENTS: [&str; 2] = ["openapi.json", "ogc.json"];

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    for name in DOCUMENTS {
        let document = format!("../openapi/{name}");
        println!("cargo::rerun-if-changed={document}");
        let mut out =
            GzEncoder::new(fs::File::create(folder.join(format!("{name}.gz")))?, Compression::best());
        io::copy(&mut fs::File::open(document)?, &mut out)?;
        out.finish()?;
    }
    Ok(())
}

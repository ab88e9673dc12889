//! The private key of an instance: a file in its data folder, PKCS#8 in PEM (RFC 8410), readable by its owner only.

use domain::id::Id;
use ed25519_dalek::{
    SigningKey as PrivateKey,
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, spki::der::pem::LineEnding},
};
use jsonwebtoken::EncodingKey;
use persistence::signing_keys::PublicKey;
use std::{
    fs::{DirBuilder, File},
    io::{self, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::Path,
};
use tempfile::NamedTempFile;

/// The file in the data folder.
const FILE: &str = "signing-key.pem";

/// A key that signs tokens.
pub(super) struct SigningKey {
    pub(super) private: EncodingKey,
    pub(super) public: PublicKey,
}

impl SigningKey {
    /// Reads the key, or creates it if it is missing.
    ///
    /// # Errors
    /// Says what is wrong with the folder or the file.
    pub(super) fn read_or_create(data_dir: &Path) -> Result<Self, String> {
        let file = data_dir.join(FILE);
        if !file.exists() {
            // If another process is first, its key is read.
            match staged(data_dir)?.persist_noclobber(&file) {
                Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(at(&file)(error.error));
                }
                _ => sync(data_dir).map_err(at(&file))?,
            }
        }
        Self::read(&file)
    }

    /// Replaces the key by a new one, at once or not at all.
    ///
    /// # Errors
    /// As [`Self::read_or_create`].
    pub(super) fn replace(data_dir: &Path) -> Result<Self, String> {
        let file = data_dir.join(FILE);
        staged(data_dir)?.persist(&file).map_err(|error| at(&file)(error.error))?;
        sync(data_dir).map_err(at(&file))?;
        Self::read(&file)
    }

    fn read(file: &Path) -> Result<Self, String> {
        let fault = || format!("{} is not a signing key (Ed25519, PKCS#8, PEM)", file.display());
        let pem = std::fs::read_to_string(file).map_err(at(file))?;
        let public = PrivateKey::from_pkcs8_pem(&pem).map_err(|_| fault())?.verifying_key().to_bytes();
        let private = EncodingKey::from_ed_pem(pem.as_bytes()).map_err(|_| fault())?;
        Ok(Self { private, public: PublicKey { id: id_of(&public), bytes: public.to_vec() } })
    }
}

/// The id of a public key: a UUIDv8 (RFC 9562 section 5.8) of its hash, so a key that is published twice is one key.
fn id_of(public: &[u8]) -> Id {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&blake3::hash(public).as_bytes()[..16]);
    Id(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// Writes a new key to a temporary file in the data folder, which is created if it is missing.
fn staged(data_dir: &Path) -> Result<NamedTempFile, String> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .map_err(|error| format!("cannot create the data folder {}: {error}", data_dir.display()))?;
    let key = PrivateKey::generate(&mut rand::rngs::OsRng);
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|error| error.to_string())?;
    let write = || {
        let mut file = NamedTempFile::new_in(data_dir)?; // mode 0600
        file.write_all(pem.as_bytes())?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    write().map_err(at(&data_dir.join(FILE)))
}

/// Makes the renaming of a file survive a power failure.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn at(file: &Path) -> impl Fn(io::Error) -> String {
    move |error| format!("the signing key {}: {error}", file.display())
}

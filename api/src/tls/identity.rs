//! A certificate and its key, as PEM files (RFC 7468).

use chrono::{DateTime, Utc};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio_rustls::rustls::{
    Error, InconsistentKeys,
    crypto::ring,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject as _},
    },
    sign::CertifiedKey,
};
use x509_cert::{Certificate, der::Decode as _};

/// Where certificate and key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The certificate, followed by its chain.
    pub certificate: PathBuf,
    /// Its private key: PKCS#8, PKCS#1 or SEC1, not encrypted.
    pub key: PathBuf,
}

/// The contents of the files.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Files {
    /// Checks that the files can be used, apart from the validity of the certificate.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn check(&self) -> Result<(), String> {
        self.parse(&self.read()?).map(drop)
    }

    /// Reads the files.
    ///
    /// # Errors
    /// Names the file that cannot be read, and says why.
    pub(super) fn read(&self) -> Result<Contents, String> {
        let read =
            |path: &Path| fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()));
        Ok(Contents { certificate: read(&self.certificate)?, key: read(&self.key)? })
    }

    /// Parses the contents, and checks that the key is that of the certificate.
    ///
    /// # Errors
    /// Names the file, and says what is wrong with it.
    pub(super) fn parse(&self, contents: &Contents) -> Result<Identity, String> {
        let (file, key_file) = (self.certificate.display(), self.key.display());
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&contents.certificate)
            .collect::<Result<_, _>>()
            .map_err(|error| format!("{file} is not PEM: {error}"))?;
        let Some(first) = chain.first() else { return Err(format!("there is no certificate in {file}")) };
        let validity = Certificate::from_der(first)
            .map_err(|error| format!("the certificate in {file} is malformed: {error}"))?
            .tbs_certificate
            .validity;
        let key = PrivateKeyDer::from_pem_slice(&contents.key).map_err(|error| match error {
            pem::Error::NoItemsFound => {
                format!("there is no private key in {key_file}; it must not be encrypted")
            }
            error => format!("{key_file} is not PEM: {error}"),
        })?;
        let certified = CertifiedKey::from_der(chain, key, &ring::default_provider());
        let certified = certified.map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                format!("the key in {key_file} is not that of the certificate in {file}")
            }
            error => format!("certificate {file} and key {key_file} cannot be used: {error}"),
        })?;
        Ok(Identity {
            certified: Arc::new(certified),
            not_before: validity.not_before.to_system_time().into(),
            not_after: validity.not_after.to_system_time().into(),
        })
    }
}

/// A certificate with its chain and key.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) certified: Arc<CertifiedKey>,
    not_before: DateTime<Utc>,
    pub(super) not_after: DateTime<Utc>,
}

impl Identity {
    /// Says that clients reject the certificate at this time (RFC 5280 section 4.1.2.5), if they do.
    pub(super) fn untimely(&self, now: DateTime<Utc>) -> Option<String> {
        let Self { not_before, not_after, .. } = self;
        if now < *not_before {
            Some(format!("the TLS certificate is not valid before {not_before:?}"))
        } else if now > *not_after {
            Some(format!("the TLS certificate expired at {not_after:?}"))
        } else {
            None
        }
    }
}

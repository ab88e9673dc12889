//! Signing keys, and issuing and verifying tokens.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    id::{Clock, Id},
    text::check_characters,
    vocabulary::ChamberCode,
};
use ed25519_dalek::{
    SigningKey,
    pkcs8::{EncodePrivateKey, spki::der::pem::LineEnding},
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use persistence::{
    store::Store,
    tokens::{IssuedToken, PublicKey},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap, fs::DirBuilder, io::Write, os::unix::fs::DirBuilderExt as _, path::Path,
    sync::RwLock,
};

/// The audience of tokens.
const AUDIENCE: &str = "clusterportal";
/// The maximum lifetime of a token.
pub(super) const MAX_LIFE: TimeDelta = TimeDelta::days(400);
/// The file of the private key in the data folder.
const KEY_FILE: &str = "signing-key.pem";

/// The role of a token. The strongest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Admin,
    /// Read drafts, write all content.
    Editor,
    /// Read everything, write nothing.
    Auditor,
    /// Maintain the members of one chamber.
    Chamber,
    /// Maintain one initiative or network.
    Manager,
    /// Read what is public: a bearer whom the identity provider knows, without a role of this server. Not issued here.
    #[serde(skip)]
    #[value(skip)]
    Guest,
}

impl Role {
    /// The name, as in tokens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Editor => "editor",
            Self::Auditor => "auditor",
            Self::Chamber => "chamber",
            Self::Manager => "manager",
            Self::Guest => "guest",
        }
    }
}

/// The claims of a token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer: the public URL, or that of the identity provider.
    pub iss: String,
    /// Audience: `clusterportal`.
    pub aud: String,
    /// Subject: person or system that uses the token.
    pub sub: String,
    /// Id of the token. For a token of the identity provider, a UUIDv8 made from it.
    pub jti: Id,
    /// Time of issue, in seconds since 1970.
    pub iat: i64,
    /// Expiry, in seconds since 1970.
    pub exp: i64,
    /// Role.
    pub role: Role,
    /// The chamber to which the token is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chamber: Option<String>,
    /// The initiative or network to which the token is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Id>,
}

/// The content of a new token.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Subject: person or system that uses the token.
    pub subject: String,
    /// Role.
    pub role: Role,
    /// Lifetime.
    pub life: TimeDelta,
    /// The chamber to which the token is bound.
    pub chamber: Option<ChamberCode>,
}

impl Grant {
    /// Rejects invalid grants.
    fn check(&self) -> Result<(), String> {
        if self.subject.trim().is_empty()
            || self.subject.chars().count() > 200
            || check_characters(&self.subject, false).is_err()
        {
            Err("the subject must have 1 to 200 characters, and no control characters".to_owned())
        } else if self.life <= TimeDelta::zero() || self.life > MAX_LIFE {
            Err(format!("lifetime must be between 1 second and {} days", MAX_LIFE.num_days()))
        } else if self.role == Role::Manager {
            Err("tokens of role manager cannot be issued yet".to_owned())
        } else if (self.role == Role::Chamber) != self.chamber.is_some() {
            Err("a chamber is required for the role chamber, and not allowed for other roles".to_owned())
        } else {
            Ok(())
        }
    }
}

/// The private key of this instance and the public keys of all instances.
pub struct Keyring {
    issuer: String,
    kid: String,
    private: EncodingKey,
    public: RwLock<HashMap<String, DecodingKey>>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyring({})", self.kid)
    }
}

impl Keyring {
    /// Reads the private key from the data folder, or creates it, and publishes the public key.
    ///
    /// # Errors
    /// Says what is wrong with the folder or the database.
    pub fn open(data_dir: &Path, issuer: String, store: &Store) -> Result<Self, String> {
        let (pem, signing_key) = read_or_make_key(data_dir)?;
        let public = signing_key.verifying_key().to_bytes();
        let kid = blake3::hash(&public).to_hex()[..16].to_owned();
        store
            .publish_key(&PublicKey { kid: kid.clone(), bytes: public.to_vec() })
            .map_err(|error| error.to_string())?;
        let private = EncodingKey::from_ed_pem(pem.as_bytes()).map_err(|error| error.to_string())?;
        let keyring = Self { issuer, kid, private, public: RwLock::default() };
        keyring.reload(store).map_err(|error| error.to_string())?;
        Ok(keyring)
    }

    /// Loads the public keys of all instances.
    fn reload(&self, store: &Store) -> Result<(), persistence::error::Error> {
        let keys = store.keys()?;
        let keys = keys.into_iter().map(|key| (key.kid, DecodingKey::from_ed_der(&key.bytes))).collect();
        match self.public.write() {
            Ok(mut public) => *public = keys,
            Err(poisoned) => *poisoned.into_inner() = keys,
        }
        Ok(())
    }

    fn public_key(&self, kid: &str) -> Option<DecodingKey> {
        match self.public.read() {
            Ok(public) => public.get(kid).cloned(),
            Err(poisoned) => poisoned.into_inner().get(kid).cloned(),
        }
    }

    /// Issues a token and records it.
    ///
    /// # Errors
    /// Says what is wrong with the grant, or that the database failed.
    pub fn issue(
        &self,
        store: &Store,
        clock: &Clock,
        grant: &Grant,
    ) -> Result<(String, IssuedToken), String> {
        grant.check()?;
        let now = clock.now();
        let expires_at = now + grant.life;
        let issued = IssuedToken {
            id: clock.new_id(),
            subject: grant.subject.clone(),
            role: grant.role.as_str().to_owned(),
            chamber: grant.chamber.map(|chamber| chamber.entry().slug.clone()),
            organisation: None,
            issued_at: now,
            expires_at,
            revoked_at: None,
        };
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: issued.subject.clone(),
            jti: issued.id,
            iat: now.timestamp(),
            exp: expires_at.timestamp(),
            role: grant.role,
            chamber: issued.chamber.clone(),
            organisation: None,
        };
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        let token =
            jsonwebtoken::encode(&header, &claims, &self.private).map_err(|error| error.to_string())?;
        store.add_token(&issued).map_err(|error| error.to_string())?;
        Ok((token, issued))
    }

    /// Verifies the signature and claims of a token. Does not check whether it has been revoked.
    ///
    /// # Errors
    /// The reason, as a clause for the bearer.
    pub fn verify(&self, store: &Store, token: &str, now: DateTime<Utc>) -> Result<Claims, String> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| "it is not a JSON Web Token")?;
        let kid = header.kid.ok_or("it names no key")?;
        let key = match self.public_key(&kid) {
            Some(key) => key,
            None => {
                // Another instance may have published its key since.
                self.reload(store).map_err(|_| "its key cannot be looked up, try again later")?;
                self.public_key(&kid).ok_or("it is signed with an unknown key")?
            }
        };
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        validation.validate_exp = false; // by our own clock, below
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)
            .map_err(|_| "its signature, issuer, audience or claims are invalid")?
            .claims;
        let now = now.timestamp();
        if claims.exp <= now {
            Err("it has expired".to_owned())
        } else if claims.exp.saturating_sub(claims.iat) > MAX_LIFE.num_seconds() || claims.iat > now + 60 {
            Err("its time of issue or expiry is invalid".to_owned())
        } else if (claims.role == Role::Chamber) != claims.chamber.is_some() {
            Err("its role requires a chamber, or does not allow one".to_owned())
        } else {
            Ok(claims)
        }
    }
}

/// Reads the private key, or creates it if it is missing: PKCS#8 (RFC 8410), readable by its owner only.
fn read_or_make_key(data_dir: &Path) -> Result<(String, SigningKey), String> {
    use ed25519_dalek::pkcs8::DecodePrivateKey as _;
    let file = data_dir.join(KEY_FILE);
    let at = |error: std::io::Error| format!("the signing key {}: {error}", file.display());
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .map_err(|error| format!("cannot create the data folder {}: {error}", data_dir.display()))?;
    if !file.exists() {
        let key = SigningKey::generate(&mut rand::rngs::OsRng);
        let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|error| error.to_string())?;
        write_private(data_dir, &file, pem.as_bytes()).map_err(at)?;
    }
    // Read back: another instance may have been first.
    let pem = std::fs::read_to_string(&file).map_err(at)?;
    let key = SigningKey::from_pkcs8_pem(&pem)
        .map_err(|_| format!("{} is not a signing key (Ed25519, PKCS#8, PEM)", file.display()))?;
    Ok((pem, key))
}

/// Writes a file that only its owner can read, unless it already exists. Never leaves a partial file.
fn write_private(folder: &Path, file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let part = folder.join(format!("{KEY_FILE}.{}", std::process::id()));
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    // Linking fails if the name is taken, so one of two instances wins.
    let linked = std::fs::hard_link(&part, file);
    std::fs::remove_file(&part)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

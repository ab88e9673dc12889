//! The keys of this instance, and tokens made and verified with them.

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

/// What tokens are for.
const AUDIENCE: &str = "clusterportal";
/// The longest life of a token.
const MAX_LIFE: TimeDelta = TimeDelta::days(400);
/// The file of the private key, in the data folder.
const KEY_FILE: &str = "signing-key.pem";

/// What the bearer of a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Admin,
    /// Write all content, see drafts.
    Editor,
    /// Read everything, write nothing.
    Auditor,
    /// Maintain the members of one chamber.
    Chamber,
    /// Maintain one initiative or network.
    Manager,
}

impl Role {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Editor => "editor",
            Self::Auditor => "auditor",
            Self::Chamber => "chamber",
            Self::Manager => "manager",
        }
    }
}

/// The claims of a token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer: the public URL.
    pub iss: String,
    /// Audience: `clusterportal`.
    pub aud: String,
    /// Whose it is.
    pub sub: String,
    /// Identity of the token.
    pub jti: Id,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// When it runs out, in seconds since 1970.
    pub exp: i64,
    /// What it may do.
    pub role: Role,
    /// The chamber that it is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chamber: Option<String>,
    /// The initiative or network that it is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Id>,
}

/// What a new token is to allow, and to whom.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Whose it is.
    pub subject: String,
    /// What it may do.
    pub role: Role,
    /// How long it is valid.
    pub life: TimeDelta,
    /// The chamber that it is bound to.
    pub chamber: Option<ChamberCode>,
}

impl Grant {
    /// Refuses what no token may be.
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
            Err("a chamber is needed for the role chamber, and for no other".to_owned())
        } else {
            Ok(())
        }
    }
}

/// The private key of this instance and the public keys of all.
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
    /// Reads the private key from the data folder, makes one when there is none, and publishes its public half.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the folder or the database.
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

    /// Learns the keys of all instances.
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

    /// Makes a token and remembers that it was issued.
    ///
    /// # Errors
    /// A sentence that says what the grant lacks, or that the database failed.
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

    /// Verifies a token's signature and claims; whether it was revoked is the database's to say.
    ///
    /// # Errors
    /// A sentence for the bearer.
    pub fn verify(&self, store: &Store, token: &str, now: DateTime<Utc>) -> Result<Claims, String> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| "it is not a JSON Web Token")?;
        let kid = header.kid.ok_or("it names no key")?;
        let key = match self.public_key(&kid) {
            Some(key) => key,
            None => {
                // Another instance may have published its key since.
                self.reload(store).map_err(|_| "its key cannot be looked up at the moment")?;
                self.public_key(&kid).ok_or("it is signed with a key that is not valid here")?
            }
        };
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        validation.validate_exp = false; // by our own clock, below
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)
            .map_err(|_| "its signature, issuer, audience or claims are wrong")?
            .claims;
        let now = now.timestamp();
        if claims.exp <= now {
            Err("it has run out".to_owned())
        } else if claims.exp.saturating_sub(claims.iat) > MAX_LIFE.num_seconds() || claims.iat > now + 60 {
            Err("its times are wrong".to_owned())
        } else if (claims.role == Role::Chamber) != claims.chamber.is_some() {
            Err("it lacks the chamber of its role, or has one without need".to_owned())
        } else {
            Ok(claims)
        }
    }
}

/// The private key in its file, made when it is missing: PKCS#8 (RFC 8410), readable by its owner alone.
fn read_or_make_key(data_dir: &Path) -> Result<(String, SigningKey), String> {
    use ed25519_dalek::pkcs8::DecodePrivateKey as _;
    let file = data_dir.join(KEY_FILE);
    let at = |error: std::io::Error| format!("the signing key {}: {error}", file.display());
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .map_err(|error| format!("the data folder {} cannot be made: {error}", data_dir.display()))?;
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

/// Writes a whole file that only its owner can read, unless there is one already.
fn write_private(folder: &Path, file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let part = folder.join(format!("{KEY_FILE}.{}", std::process::id()));
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    // A link fails when the name is taken, so that of two instances one wins.
    let linked = std::fs::hard_link(&part, file);
    std::fs::remove_file(&part)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

//! Issuing and verifying tokens, and the keys for both.

use super::{Claims, Grant, claims::AUDIENCE, signing_key::SigningKey};
use chrono::{DateTime, SubsecRound as _, Utc};
use domain::{
    fault::Faults,
    id::{Clock, Id},
};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use persistence::{
    audience::Actor,
    error::Error as DatabaseError,
    store::Store,
    tokens::{IssuedToken, TokenState},
};
use quick_cache::sync::Cache;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
};

/// Number of tokens whose signatures are remembered.
const REMEMBERED: usize = 10_000;

/// Why a token is not accepted.
#[derive(Debug)]
pub enum Rejection {
    /// It is not valid. The reason is a clause for the bearer.
    Invalid(&'static str),
    /// The database failed.
    Database(DatabaseError),
}

impl From<&'static str> for Rejection {
    fn from(reason: &'static str) -> Self {
        Self::Invalid(reason)
    }
}

impl From<DatabaseError> for Rejection {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

/// Why no token was issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The grant breaks rules.
    #[error("{0}")]
    Grant(Faults),
    /// The signing key cannot be used.
    #[error("{0}")]
    Key(String),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Claims whose signature was verified, and the key that verified it.
#[derive(Clone)]
struct Signed {
    claims: Claims,
    key: Id,
}

/// The signing key of this instance, and the public keys of all instances.
pub struct Keyring {
    issuer: String,
    data_dir: PathBuf,
    public: RwLock<HashMap<Id, DecodingKey>>,
    /// By the hash of the token. A signature never becomes invalid; everything else is checked for each request.
    signed: Cache<[u8; 32], Signed>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyring({})", self.issuer)
    }
}

impl Keyring {
    /// Reads the private key from the data folder, or creates it, and publishes the public key.
    ///
    /// # Errors
    /// Says what is wrong with the folder or the database.
    pub fn open(data_dir: &Path, issuer: String, store: &Store, actor: &Actor) -> Result<Self, String> {
        let keyring = Self {
            issuer,
            data_dir: data_dir.to_owned(),
            public: RwLock::default(),
            signed: Cache::new(REMEMBERED),
        };
        let key = SigningKey::read_or_create(data_dir)?;
        store.publish_key(actor, &key.public).map_err(|error| error.to_string())?;
        keyring.reload(store).map_err(|error| error.to_string())?;
        Ok(keyring)
    }

    /// Loads the public keys of all instances.
    fn reload(&self, store: &Store) -> Result<(), DatabaseError> {
        let now = store.now();
        let keys = store.keys()?.into_iter().filter(|key| !key.is_retired(now));
        let keys = keys.map(|key| (key.key.id, DecodingKey::from_ed_der(&key.key.bytes))).collect();
        *self.public.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    fn public_key(&self, id: Id) -> Option<DecodingKey> {
        self.public.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// Issues a token and records it.
    ///
    /// # Errors
    /// See [`IssueError`].
    pub fn issue(
        &self,
        store: &Store,
        clock: &Clock,
        actor: &Actor,
        grant: &Grant,
    ) -> Result<(String, IssuedToken), IssueError> {
        let mut faults = Faults::new();
        grant.check(&mut faults);
        faults.or(()).map_err(IssueError::Grant)?;
        // Read each time, because a command may have rotated it.
        let mut key = SigningKey::read_or_create(&self.data_dir).map_err(IssueError::Key)?;
        store.publish_key(actor, &key.public)?;
        let mut issued = issued(clock, grant, key.public.id);
        while !store.add_token(actor, &issued)? {
            key = self.successor(store, actor, &key)?;
            issued.key = key.public.id;
        }
        let header = Header { kid: Some(issued.key.to_string()), ..Header::new(Algorithm::EdDSA) };
        let claims = Claims::of(&self.issuer, grant.role, &issued);
        let token = jsonwebtoken::encode(&header, &claims, &key.private)
            .map_err(|error| IssueError::Key(error.to_string()))?;
        Ok((token, issued))
    }

    /// The key that signs in place of a retired one: that of the data folder, or a new one.
    fn successor(
        &self,
        store: &Store,
        actor: &Actor,
        retired: &SigningKey,
    ) -> Result<SigningKey, IssueError> {
        let current = SigningKey::read_or_create(&self.data_dir).map_err(IssueError::Key)?;
        let key = if current.public.id == retired.public.id {
            SigningKey::replace(&self.data_dir).map_err(IssueError::Key)?
        } else {
            current
        };
        store.publish_key(actor, &key.public)?;
        Ok(key)
    }

    /// Replaces the signing key. The old one verifies its tokens until the last of them expires. Returns the ids of
    /// both, and that moment.
    ///
    /// # Errors
    /// Says what is wrong with the folder or the database.
    pub fn rotate(&self, store: &Store, actor: &Actor) -> Result<(Id, Id, DateTime<Utc>), String> {
        let old = SigningKey::read_or_create(&self.data_dir)?;
        // If the database fails after this, the next token publishes the new key.
        let new = SigningKey::replace(&self.data_dir)?;
        let retired_at =
            store.rotate_key(actor, old.public.id, &new.public).map_err(|error| error.to_string())?;
        Ok((old.public.id, new.public.id, retired_at))
    }

    /// Verifies a token: signature, claims, and that it was issued and not revoked.
    ///
    /// # Errors
    /// See [`Rejection`].
    pub fn verify(&self, store: &Store, token: &str) -> Result<Claims, Rejection> {
        let hash = *blake3::hash(token.as_bytes()).as_bytes();
        if let Some(signed) = self.signed.get(&hash) {
            return self.verify_issued(store, signed);
        }
        let signed = self.verify_signature(store, token)?;
        self.signed.insert(hash, signed.clone());
        self.verify_issued(store, signed)
    }

    /// Verifies the signature of a token of this server, and parses its claims.
    fn verify_signature(&self, store: &Store, token: &str) -> Result<Signed, Rejection> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| "it is not a JSON Web Token")?;
        if header.crit.is_some() {
            return Err("its header has critical extensions".into()); // RFC 7515 section 4.1.11
        }
        let id = header.kid.as_deref().and_then(Id::parse).ok_or("it names no key of this server")?;
        let key = match self.public_key(id) {
            Some(key) => key,
            None => {
                // Another instance may have published its key since.
                self.reload(store)?;
                self.public_key(id).ok_or("it is signed with an unknown or retired key")?
            }
        };
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        validation.validate_exp = false; // times are checked by our own clock, for each request
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)
            .map_err(|_| "its signature, issuer, audience or claims are invalid")?
            .claims;
        Ok(Signed { claims, key: id })
    }

    /// Checks claims against the clock and the record of the token, which also tells whether it was revoked, alone or
    /// with its key.
    fn verify_issued(&self, store: &Store, Signed { claims, key }: Signed) -> Result<Claims, Rejection> {
        let now = store.now();
        claims.check(now)?;
        let token = store.token(claims.jti)?.filter(|token| token.key == key && claims.agree_with(token));
        match token.map(|token| token.state(now)) {
            Some(TokenState::Valid) => Ok(claims),
            Some(TokenState::Revoked) => Err("it has been revoked".into()),
            Some(TokenState::Expired) => Err("it has expired".into()),
            None => Err("it was not issued by this server".into()),
        }
    }
}

/// The record of a new token. Its times are in whole seconds, as in its claims.
fn issued(clock: &Clock, grant: &Grant, key: Id) -> IssuedToken {
    let issued_at = clock.now().trunc_subsecs(0);
    IssuedToken {
        id: clock.new_id(),
        key,
        subject: grant.subject.clone(),
        role: grant.role.as_str().to_owned(),
        chamber: grant.chamber.map(|chamber| chamber.entry().slug.clone()),
        organisation: grant.organisation,
        issued_at,
        expires_at: issued_at + grant.life,
        revoked_at: None,
        last_used_at: None,
    }
}

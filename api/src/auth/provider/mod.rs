//! Tokens of a foreign OpenID Connect provider that the operator trusts.
//!
//! The provider signs access tokens as JWT (RFC 9068), and publishes its keys (OpenID Connect Discovery 1.0). The keys
//! are kept in memory and loaded on a thread of their own ([`refresh`]), so no request waits for the provider, but for
//! those whose key is not known yet: they wait without a thread. What a key may verify follows from its type ([`keys`]),
//! never from the token alone (RFC 8725 section 3.1).

mod claims;
mod fetch;
mod keys;
mod refresh;

use super::{Claims, MAX_LIFE};
use crate::{
    app::App,
    config::{ProviderSettings, SecureUrl},
    problem::{Problem, UNAVAILABLE},
};
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use claims::{Bearer, Times};
use domain::{
    id::{Clock, Id},
    slug::Key,
};
use fetch::Fetched;
use jsonwebtoken::{Validation, dangerous::insecure_decode_claims, errors::ErrorKind};
use keys::{KeySet, Lookup};
use persistence::store::Store;
use refresh::Keys;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// A provider whose tokens are accepted.
#[derive(Debug)]
pub struct Provider {
    issuer: SecureUrl,
    audience: String,
    settings: ProviderSettings,
    keys: Keys,
    clock: Clock,
}

/// Why a token was not accepted.
#[derive(Debug)]
enum Refusal {
    /// It is not valid, for this reason, as a clause for the bearer.
    Invalid(String),
    /// Its key is unknown.
    UnknownKey,
    /// No keys are loaded.
    NoKeys,
    /// The database failed.
    Database(Problem),
}

impl From<&str> for Refusal {
    fn from(reason: &str) -> Self {
        Self::Invalid(reason.to_owned())
    }
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self::Invalid(reason)
    }
}

impl Provider {
    /// Starts to load the keys of the configured provider. `None` if there is none.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn start(settings: &ProviderSettings, clock: Clock) -> std::io::Result<Option<Self>> {
        let (Some(issuer), Some(audience)) = (&settings.oidc_issuer, &settings.oidc_audience) else {
            return Ok(None);
        };
        let keys = Keys::watch(issuer.clone(), settings.oidc_jwks_url.clone(), clock.clone())?;
        let (issuer, audience, settings) = (issuer.clone(), audience.clone(), settings.clone());
        Ok(Some(Self { issuer, audience, settings, keys, clock }))
    }

    /// Loads the keys of the configured provider once, and says what came of it. `None` if there is no provider.
    pub fn foresee(settings: &ProviderSettings) -> Option<String> {
        let issuer = settings.oidc_issuer.as_ref()?;
        Some(match fetch::fetch(issuer, settings.oidc_jwks_url.as_ref()) {
            Ok(Fetched { keys, .. }) => format!("keys of the identity provider: {}", keys.names()),
            Err(fault) => format!("warning: cannot load the keys of the identity provider: {fault}"),
        })
    }

    /// Whether a token names this provider as its issuer. This only decides who verifies it.
    pub fn is_named_by(&self, token: &str) -> bool {
        #[derive(Deserialize)]
        struct Issuer {
            iss: String,
        }
        insecure_decode_claims::<Issuer>(token).is_ok_and(|claims| claims.iss == self.issuer.as_str())
    }

    /// Verifies a token, with the keys that are loaded.
    fn verify(&self, store: &Store, token: &str) -> Result<Claims, Refusal> {
        let keys = self.keys.current().ok_or(Refusal::NoKeys)?;
        let claims = self.verify_signature(&keys, token)?;
        let times = Times::read(&claims, self.clock.now().timestamp(), MAX_LIFE)?;
        let bearer = Bearer::read(&claims, &self.settings)?;
        let organisation = bearer.organisation.map(|key| find_organisation(store, &key)).transpose()?;
        Ok(Claims {
            iss: self.issuer.as_str().to_owned(),
            aud: self.audience.clone(),
            jti: id_of(token),
            sub: bearer.subject,
            iat: times.issued,
            exp: times.expires,
            nbf: None,
            role: bearer.role,
            chamber: bearer.chamber.map(|chamber| chamber.entry().slug.clone()),
            organisation,
        })
    }

    /// Verifies signature, type, issuer and audience. Returns all claims.
    fn verify_signature(&self, keys: &KeySet, token: &str) -> Result<Value, Refusal> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| NOT_A_TOKEN)?;
        let key = match keys.find(&header) {
            Lookup::Found(key) => key,
            Lookup::Forbidden => return Err("its key may not be used with its algorithm (alg)".into()),
            Lookup::Unknown => return Err(Refusal::UnknownKey),
        };
        let mut validation = Validation::new(header.alg);
        validation.set_audience(&[&self.audience]);
        validation.set_issuer(&[self.issuer.as_str()]);
        validation.set_required_spec_claims(&["iss", "aud"]);
        validation.validate_exp = false; // by our own clock, in `Times`
        let claims = jsonwebtoken::decode::<Value>(token, key, &validation)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidSignature => "its signature is invalid".to_owned(),
                ErrorKind::InvalidAudience => format!("its audience (aud) is not '{}'", self.audience),
                ErrorKind::MissingRequiredClaim(claim) => format!("the claim {claim} is missing"),
                _ => NOT_A_TOKEN.to_owned(),
            })?
            .claims;
        claims::check_type(&header, &claims)?;
        Ok(claims)
    }
}

/// The id of a token of the provider, where own tokens have theirs: in the audit, for idempotency keys and rate limits.
/// Providers number their tokens in forms of their own, if at all, so it is made from what they sign.
///
/// It is a UUIDv8 (RFC 9562 section 5.8), so it is never that of a token that this server issued.
fn id_of(token: &str) -> Id {
    let signed = token.rsplit_once('.').map_or(token, |(signed, _)| signed);
    let mut bytes = [0; 16];
    blake3::Hasher::new().update(signed.as_bytes()).finalize_xof().fill(&mut bytes);
    Id(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// The id of an initiative or network. As with own tokens, an id need not be that of a record.
fn find_organisation(store: &Store, key: &Key) -> Result<Id, Refusal> {
    if let Key::Id(id) = key {
        return Ok(*id);
    }
    let found = store.organisation(key).map_err(|error| Refusal::Database(error.into()))?;
    found.ok_or_else(|| "no initiative or network has the slug of its organisation".into())
}

/// The reason for what cannot be parsed, or has an algorithm that is not for signatures of others.
const NOT_A_TOKEN: &str = "it is not a signed JSON Web Token, or its algorithm is not supported";

/// Verifies a token that claims to be of the provider, and waits for its key if that is unknown. `invalid` makes the
/// problem of a reason.
///
/// # Errors
/// 401 if the token is not valid. 503 if the keys of the provider cannot be loaded, or if the database fails.
pub(super) async fn identify(
    app: &App,
    provider: &Arc<Provider>,
    token: &str,
    invalid: impl Fn(&str) -> Problem,
) -> Result<Claims, Problem> {
    let verify = || {
        let (provider, token) = (provider.clone(), token.to_owned());
        app.run(move |store| Ok(provider.verify(store, &token)))
    };
    let mut verified = verify().await?;
    if matches!(verified, Err(Refusal::UnknownKey | Refusal::NoKeys)) && provider.keys.demand().await {
        verified = verify().await?;
    }
    verified.map_err(|refusal| match refusal {
        Refusal::Invalid(reason) => invalid(&reason),
        Refusal::UnknownKey => invalid("it is signed with an unknown key"),
        Refusal::NoKeys => {
            Problem::new(&UNAVAILABLE, UNREACHABLE).with_header(RETRY_AFTER, HeaderValue::from_static("30"))
        }
        Refusal::Database(problem) => problem,
    })
}

/// What a bearer is told when no keys are loaded.
const UNREACHABLE: &str =
    "The keys of the identity provider could not be loaded, so its tokens cannot be verified. Retry later.";

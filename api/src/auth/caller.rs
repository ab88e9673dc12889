//! Callers, as parameters of handlers.

use super::{Claims, Extent, Needs, Rejection, Right, Role, provider};
use crate::{
    app::App,
    limits::rate,
    problem::{FORBIDDEN, Problem, UNAUTHORIZED},
};
use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE},
    web::Data,
};
use chrono::{DateTime, Utc};
use domain::{
    id::Id,
    vocabulary::{ChamberCode, ChamberKind},
};
use persistence::audience::{Actor, Audience};
use std::{future::Future, marker::PhantomData, pin::Pin};

/// The bearer of a valid token.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Subject of the token.
    pub subject: String,
    /// Role.
    pub role: Role,
    /// Id of the token.
    pub token: Id,
    /// When the token expires.
    pub expires_at: DateTime<Utc>,
    /// The chamber to which the token is bound.
    pub chamber: Option<ChamberCode>,
    /// The initiative or network to which the token is bound.
    pub organisation: Option<Id>,
    /// Whether the operator lets managers publish.
    managers_publish: bool,
}

impl Identity {
    /// The author of writes.
    pub fn actor(&self) -> Actor {
        Actor { subject: self.subject.clone(), role: self.role.as_str().to_owned(), token: Some(self.token) }
    }

    /// What the bearer may see.
    pub fn audience(&self) -> Audience {
        match (self.extent(Right::ReadDrafts), self.organisation) {
            (Extent::All, _) => Audience::Staff,
            (Extent::Own, Some(organisation)) => Audience::Manager(organisation),
            _ => Audience::Public,
        }
    }

    /// The records to which the bearer may apply a right.
    pub fn extent(&self, right: Right) -> Extent {
        match right.extent(Some(self.role)) {
            Extent::OwnIfPublishing if self.managers_publish => Extent::Own,
            Extent::OwnIfPublishing => Extent::Nothing,
            extent => extent,
        }
    }

    fn new(claims: Claims, managers_publish: bool) -> Self {
        Self {
            subject: claims.sub,
            role: claims.role,
            token: claims.jti,
            expires_at: DateTime::from_timestamp(claims.exp, 0).unwrap_or_default(),
            chamber: claims.chamber.as_deref().and_then(ChamberCode::parse),
            organisation: claims.organisation,
            managers_publish,
        }
    }
}

/// Any caller, with a valid token or without one. Invalid tokens are rejected everywhere.
#[derive(Clone, Debug)]
pub enum Caller {
    /// No token.
    Anonymous,
    /// A valid token.
    Known(Identity),
}

impl Caller {
    /// What the caller may see.
    pub fn audience(&self) -> Audience {
        match self {
            Self::Anonymous => Audience::Public,
            Self::Known(identity) => identity.audience(),
        }
    }
}

/// A caller who has a right, at least to some records.
#[derive(Debug)]
pub struct Bearer<N> {
    /// The caller.
    pub identity: Identity,
    right: PhantomData<fn() -> N>,
}

impl<N> Bearer<N> {
    /// What the caller may see.
    pub fn audience(&self) -> Audience {
        self.identity.audience()
    }

    /// Converts it into a caller.
    pub fn caller(&self) -> Caller {
        Caller::Known(self.identity.clone())
    }
}

/// A caller who has a right to the chamber in the path.
#[derive(Debug)]
pub struct ChamberBearer<N> {
    /// The caller.
    pub identity: Identity,
    /// The chamber in the path.
    pub chamber: ChamberCode,
    right: PhantomData<fn() -> N>,
}

impl<N> ChamberBearer<N> {
    /// Converts it into a caller.
    pub fn caller(&self) -> Caller {
        Caller::Known(self.identity.clone())
    }
}

type Extraction<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            match identify(&request).await? {
                Some(identity) => Ok(Self::Known(identity)),
                None => Ok(Self::Anonymous),
            }
        })
    }
}

impl<N: Needs> FromRequest for Bearer<N> {
    type Error = Problem;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(
            async move { Ok(Self { identity: with_right(&request, N::RIGHT).await?, right: PhantomData }) },
        )
    }
}

impl<N: Needs> FromRequest for ChamberBearer<N> {
    type Error = Problem;
    type Future = Extraction<Self>;

    /// Checks the role, then the chamber in the path: 404 if it has no members of its own, or if the token belongs to
    /// another chamber.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let identity = with_right(&request, N::RIGHT).await?;
            let named = request.match_info().get("chamber").and_then(ChamberCode::parse);
            let chamber = named
                .filter(|chamber| chamber.entry().kind != ChamberKind::Umbrella)
                .filter(|chamber| match identity.extent(N::RIGHT) {
                    Extent::All => true,
                    _ => identity.chamber == Some(*chamber),
                })
                .ok_or_else(Problem::not_found)?;
            Ok(Self { identity, chamber, right: PhantomData })
        })
    }
}

/// Checks that the role of the caller has a right, otherwise 401 or 403.
async fn with_right(request: &HttpRequest, right: Right) -> Result<Identity, Problem> {
    match identify(request).await? {
        None => Err(unauthorized("A token is required: send 'Authorization: Bearer TOKEN'.", "")),
        Some(identity) if identity.extent(right) != Extent::Nothing => Ok(identity),
        Some(identity) => Err(Problem::new(&FORBIDDEN, right.refusal(identity.role))),
    }
}

/// Verifies the token of a request, and counts the request for it. `None` if there is none.
async fn identify(request: &HttpRequest) -> Result<Option<Identity>, Problem> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let Some(header) = headers.next() else { return Ok(None) };
    // A proxy may have checked another one than we would (RFC 9110 section 5.3).
    let identified = match headers.next() {
        None => verify(request, header).await,
        Some(_) => {
            Err(unauthorized("Send the header Authorization only once.", ", error=\"invalid_request\""))
        }
    };
    match &identified {
        Ok(identity) => rate::accept(request, header, identity.token)?,
        Err(problem) if problem.kind.status == UNAUTHORIZED.status => rate::reject(request, header),
        Err(_) => {}
    }
    identified.map(Some)
}

/// Verifies a token.
async fn verify(request: &HttpRequest, header: &HeaderValue) -> Result<Identity, Problem> {
    let token = bearer(header).ok_or_else(|| {
        unauthorized("The header Authorization must be 'Bearer TOKEN'.", ", error=\"invalid_request\"")
    })?;
    let app = request.app_data::<Data<App>>().ok_or_else(|| Problem::internal("no app"))?.clone();
    if let Some(provider) = app.provider.as_ref().filter(|provider| provider.is_named_by(&token)) {
        let claims = provider::identify(&app, provider, &token, invalid_token).await?;
        return Ok(Identity::new(claims, app.managers_publish));
    }
    let keys = app.clone();
    match app.run(move |store| Ok(keys.keyring.verify(store, &token))).await? {
        Ok(claims) => {
            app.uses.record(claims.jti, app.store.now());
            Ok(Identity::new(claims, app.managers_publish))
        }
        Err(Rejection::Invalid(reason)) => Err(invalid_token(reason)),
        Err(Rejection::Database(error)) => Err(error.into()),
    }
}

/// The token was valid when the request began, and has ended since.
pub(crate) fn ended_token() -> Problem {
    invalid_token("it expired or was revoked during the request")
}

fn invalid_token(reason: &str) -> Problem {
    unauthorized(&format!("The token is not valid: {reason}."), ", error=\"invalid_token\"")
}

/// The token in the header. The scheme is case-insensitive (RFC 9110 section 11.1).
fn bearer(header: &HeaderValue) -> Option<String> {
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.to_owned())
}

fn unauthorized(detail: &str, error: &str) -> Problem {
    let challenge = HeaderValue::from_str(&format!("Bearer realm=\"clusterportal\"{error}"))
        .unwrap_or(HeaderValue::from_static("Bearer"));
    Problem::new(&UNAUTHORIZED, detail).with_header(WWW_AUTHENTICATE, challenge)
}

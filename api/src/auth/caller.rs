//! Callers, as parameters of handlers.

use super::{Access, Claims, Role, provider};
use crate::{
    app::App,
    problem::{FORBIDDEN, Problem, UNAUTHORIZED},
};
use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE},
    web::Data,
};
use domain::{
    id::Id,
    vocabulary::{ChamberCode, ChamberKind},
};
use persistence::audience::{Actor, Audience};
use std::{future::Future, pin::Pin};

/// The bearer of a valid token.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Subject of the token.
    pub subject: String,
    /// Role.
    pub role: Role,
    /// Id of the token.
    pub token: Id,
    /// The chamber to which the token is bound.
    pub chamber: Option<ChamberCode>,
}

impl Identity {
    /// The author of writes.
    pub fn actor(&self) -> Actor {
        Actor { subject: self.subject.clone(), role: self.role.as_str().to_owned(), token: Some(self.token) }
    }

    /// What the bearer may see.
    pub fn audience(&self) -> Audience {
        match self.role {
            Role::Admin | Role::Editor | Role::Auditor => Audience::Staff,
            Role::Chamber | Role::Manager | Role::Guest => Audience::Public,
        }
    }
}

impl From<Claims> for Identity {
    fn from(claims: Claims) -> Self {
        let chamber = claims.chamber.as_deref().and_then(ChamberCode::parse);
        Self { subject: claims.sub, role: claims.role, token: claims.jti, chamber }
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

/// A caller who may write content.
#[derive(Clone, Debug)]
pub struct Editor(pub Identity);

/// A caller who may read drafts and versions.
#[derive(Clone, Debug)]
pub struct Staff(Identity);

/// A caller who may read the audit.
#[derive(Clone, Debug)]
pub struct Auditor(Identity);

/// A caller who may read the members of the chamber in the path: that chamber, and staff.
#[derive(Clone, Debug)]
pub struct ChamberReader {
    /// The caller.
    pub identity: Identity,
    /// The chamber in the path.
    pub chamber: ChamberCode,
}

/// A caller who may write the members of the chamber in the path: that chamber, and administrators.
#[derive(Clone, Debug)]
pub struct ChamberWriter {
    /// The caller.
    pub identity: Identity,
    /// The chamber in the path.
    pub chamber: ChamberCode,
}

impl ChamberReader {
    /// Converts it into a caller.
    pub fn caller(&self) -> Caller {
        Caller::Known(self.identity.clone())
    }
}

impl Staff {
    /// What the caller may see.
    pub fn audience(&self) -> Audience {
        self.0.audience()
    }

    /// Converts it into a caller.
    pub fn caller(self) -> Caller {
        Caller::Known(self.0)
    }
}

impl Auditor {
    /// Converts it into a caller.
    pub fn caller(self) -> Caller {
        Caller::Known(self.0)
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

impl FromRequest for Editor {
    type Error = Problem;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        with_role(request, Self::ROLES, Self)
    }
}

impl FromRequest for Staff {
    type Error = Problem;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        with_role(request, Self::ROLES, Self)
    }
}

impl FromRequest for Auditor {
    type Error = Problem;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        with_role(request, Self::ROLES, Self)
    }
}

impl FromRequest for ChamberReader {
    type Error = Problem;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        of_chamber(request, Self::ROLES, |identity, chamber| Self { identity, chamber })
    }
}

impl FromRequest for ChamberWriter {
    type Error = Problem;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        of_chamber(request, Self::ROLES, |identity, chamber| Self { identity, chamber })
    }
}

/// Checks the role as [`with_role`], then the chamber in the path: 404 if it has no members of its own, or if the token
/// belongs to another chamber.
fn of_chamber<T: 'static>(
    request: &HttpRequest,
    roles: &'static [Role],
    wrap: impl FnOnce(Identity, ChamberCode) -> T + 'static,
) -> Extraction<T> {
    let named = request.match_info().get("chamber").and_then(ChamberCode::parse);
    let known = with_role(request, roles, |identity| identity);
    Box::pin(async move {
        let identity = known.await?;
        let chamber = named
            .filter(|chamber| chamber.entry().kind != ChamberKind::Umbrella)
            .filter(|chamber| identity.role != Role::Chamber || identity.chamber == Some(*chamber))
            .ok_or_else(Problem::not_found)?;
        Ok(wrap(identity, chamber))
    })
}

/// Checks that the role of the caller is one of `roles`, otherwise 401 or 403.
fn with_role<T: 'static>(
    request: &HttpRequest,
    roles: &'static [Role],
    wrap: impl FnOnce(Identity) -> T + 'static,
) -> Extraction<T> {
    let request = request.clone();
    Box::pin(async move {
        match identify(&request).await? {
            None => Err(unauthorized("A token is required: send 'Authorization: Bearer TOKEN'.", "")),
            Some(identity) if roles.contains(&identity.role) => Ok(wrap(identity)),
            Some(identity) => Err(Problem::new(
                &FORBIDDEN,
                format!(
                    "The role '{}' does not permit this. Required: {}.",
                    identity.role.as_str(),
                    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" or ")
                ),
            )),
        }
    })
}

/// Verifies the token of a request. `None` if there is none.
async fn identify(request: &HttpRequest) -> Result<Option<Identity>, Problem> {
    let Some(header) = request.headers().get(AUTHORIZATION) else { return Ok(None) };
    let token = bearer(header).ok_or_else(|| {
        unauthorized("The header Authorization must be 'Bearer TOKEN'.", ", error=\"invalid_request\"")
    })?;
    let app = request.app_data::<Data<App>>().ok_or_else(|| Problem::internal("no app"))?.clone();
    if let Some(provider) = app.provider.as_ref().filter(|provider| provider.is_named_by(&token)) {
        return provider::identify(&app, provider, &token, invalid).await.map(|claims| Some(claims.into()));
    }
    app.clone()
        .run(move |store| {
            let claims = app.keyring.verify(store, &token, store.now()).map_err(|cause| invalid(&cause))?;
            if store.is_token_valid(claims.jti)? {
                Ok(Some(claims.into()))
            } else {
                Err(invalid("it has been revoked"))
            }
        })
        .await
}

/// The problem of a token that is not valid, for a reason.
fn invalid(reason: &str) -> Problem {
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

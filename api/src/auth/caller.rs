//! Callers, as handlers take them.

use super::{Access, Claims, Role};
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

/// Who bears a valid token.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Whose token it is.
    pub subject: String,
    /// What it may do.
    pub role: Role,
    /// Identity of the token.
    pub token: Id,
    /// The chamber that it is bound to.
    pub chamber: Option<ChamberCode>,
}

impl Identity {
    /// On whose behalf something is written.
    pub fn actor(&self) -> Actor {
        Actor { subject: self.subject.clone(), role: self.role.as_str().to_owned(), token: Some(self.token) }
    }

    /// What it may see.
    pub fn audience(&self) -> Audience {
        match self.role {
            Role::Admin | Role::Editor | Role::Auditor => Audience::Staff,
            Role::Chamber | Role::Manager => Audience::Public,
        }
    }
}

impl From<Claims> for Identity {
    fn from(claims: Claims) -> Self {
        let chamber = claims.chamber.as_deref().and_then(ChamberCode::parse);
        Self { subject: claims.sub, role: claims.role, token: claims.jti, chamber }
    }
}

/// Anyone: with a valid token, or without one. A bad token is refused everywhere.
#[derive(Clone, Debug)]
pub enum Caller {
    /// Without a token.
    Anonymous,
    /// With a valid one.
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

/// Someone who may write content.
#[derive(Clone, Debug)]
pub struct Editor(pub Identity);

/// Someone who may look behind what is published, and back.
#[derive(Clone, Debug)]
pub struct Staff(Identity);

/// Someone who may see who did what.
#[derive(Clone, Debug)]
pub struct Auditor(Identity);

/// Someone who may see what a chamber holds, which the address names: the chamber itself, and staff.
#[derive(Clone, Debug)]
pub struct ChamberReader {
    /// Who.
    pub identity: Identity,
    /// Which chamber.
    pub chamber: ChamberCode,
}

/// Someone who may write the members of a chamber, which the address names: the chamber itself, and administrators.
#[derive(Clone, Debug)]
pub struct ChamberWriter {
    /// Who.
    pub identity: Identity,
    /// Which chamber.
    pub chamber: ChamberCode,
}

impl ChamberReader {
    /// As a caller.
    pub fn caller(&self) -> Caller {
        Caller::Known(self.identity.clone())
    }
}

impl Staff {
    /// What it may see.
    pub fn audience(&self) -> Audience {
        self.0.audience()
    }

    /// As a caller.
    pub fn caller(self) -> Caller {
        Caller::Known(self.0)
    }
}

impl Auditor {
    /// As a caller.
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

/// The caller as [`with_role`], and the chamber in the address: 404 for one that has no members of its own, and for a
/// chamber's token at the address of another.
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

/// The caller, when its role is one of `roles`; else 401 or 403.
fn with_role<T: 'static>(
    request: &HttpRequest,
    roles: &'static [Role],
    wrap: impl FnOnce(Identity) -> T + 'static,
) -> Extraction<T> {
    let request = request.clone();
    Box::pin(async move {
        match identify(&request).await? {
            None => Err(unauthorized("This needs a token: send 'Authorization: Bearer TOKEN'.", "")),
            Some(identity) if roles.contains(&identity.role) => Ok(wrap(identity)),
            Some(identity) => Err(Problem::new(
                &FORBIDDEN,
                format!(
                    "The role '{}' may not do this; it takes {}.",
                    identity.role.as_str(),
                    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" or ")
                ),
            )),
        }
    })
}

/// The bearer of the request's token; `None` when there is none.
async fn identify(request: &HttpRequest) -> Result<Option<Identity>, Problem> {
    let Some(header) = request.headers().get(AUTHORIZATION) else { return Ok(None) };
    let token = bearer(header).ok_or_else(|| {
        unauthorized("The header Authorization must be 'Bearer TOKEN'.", ", error=\"invalid_request\"")
    })?;
    let app = request.app_data::<Data<App>>().ok_or_else(|| Problem::internal("no app"))?.clone();
    let invalid =
        |cause: &str| unauthorized(&format!("The token is not valid: {cause}."), ", error=\"invalid_token\"");
    app.clone()
        .run(move |store| {
            let claims = app.keyring.verify(store, &token, store.now()).map_err(|cause| invalid(&cause))?;
            if store.is_token_valid(claims.jti)? {
                Ok(Some(claims.into()))
            } else {
                Err(invalid("it was revoked"))
            }
        })
        .await
}

/// The token of a header; the scheme's case does not matter (RFC 9110 section 11.1).
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

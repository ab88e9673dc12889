//! Who may call an operation: said once, in the type that its handler takes first.
//!
//! The extractor enforces it, and the API's description is written from it.

use super::{Auditor, Caller, ChamberReader, ChamberWriter, Editor, Role, Staff};
use crate::problem::Problem;
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use std::future::{Ready, ready};

/// Callers of a sort, as handlers take them.
pub trait Access: FromRequest + 'static {
    /// The roles of which the caller's token must have one. Empty: no token is needed.
    const ROLES: &'static [Role] = &[];

    /// Whether a token that is sent must be valid.
    const CHECKS_TOKEN: bool = true;
}

impl Access for Caller {}

impl Access for Editor {
    const ROLES: &'static [Role] = &[Role::Admin, Role::Editor];
}

impl Access for Staff {
    const ROLES: &'static [Role] = &[Role::Admin, Role::Editor, Role::Auditor];
}

impl Access for Auditor {
    const ROLES: &'static [Role] = &[Role::Admin, Role::Auditor];
}

impl Access for ChamberReader {
    const ROLES: &'static [Role] = &[Role::Chamber, Role::Admin, Role::Editor, Role::Auditor];
}

impl Access for ChamberWriter {
    const ROLES: &'static [Role] = &[Role::Chamber, Role::Admin];
}

/// Whoever it is: no token is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Unauthenticated;

impl Access for Unauthenticated {
    const CHECKS_TOKEN: bool = false;
}

impl FromRequest for Unauthenticated {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self))
    }
}

/// The arguments of a handler, the first of which says who may call.
pub trait Arguments: FromRequest + 'static {
    /// Who may.
    type Access: Access;
}

macro_rules! arguments {
    ($($other:ident)*) => {
        impl<A: Access, $($other: FromRequest + 'static),*> Arguments for (A, $($other),*) {
            type Access = A;
        }
    };
}

arguments!();
arguments!(B);
arguments!(B C);
arguments!(B C D);

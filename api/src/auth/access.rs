//! Who may call an operation. This is stated once, by the type of the first parameter of its handler.
//!
//! The extractor enforces it, and the OpenAPI document is generated from it.

use super::{Bearer, Caller, ChamberBearer, Needs, Right};
use crate::problem::Problem;
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use std::future::{Ready, ready};

/// A class of callers, as the first parameter of a handler.
pub trait Access: FromRequest + 'static {
    /// What a caller must have the right to.
    const RIGHT: Right = Right::ReadPublic;

    /// Whether a token, if sent, must be valid.
    const CHECKS_TOKEN: bool = true;
}

impl Access for Caller {}

impl<N: Needs> Access for Bearer<N> {
    const RIGHT: Right = N::RIGHT;
}

impl<N: Needs> Access for ChamberBearer<N> {
    const RIGHT: Right = N::RIGHT;
}

/// Any caller. Tokens are ignored.
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

/// The parameters of a handler. The first one states who may call it.
pub trait Arguments: FromRequest + 'static {
    /// Who may call.
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

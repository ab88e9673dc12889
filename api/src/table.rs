//! The table of routes. Each handler module registers address, method, handler and description in it.
//!
//! There are two implementations. The one of the server mounts the handlers and never calls the describing functions,
//! so these are not part of the binary. The one of the OpenAPI document calls those and mounts nothing.

use crate::{auth::Arguments, openapi::Operation};
use actix_web::{FromRequest, Handler, Responder, http::Method};
use serde_json::Value;

/// A handler whose first parameter states who may call it.
pub(crate) trait Endpoint<A: Arguments>: Handler<A, Output: Responder + 'static> {}

impl<A: Arguments, H: Handler<A, Output: Responder + 'static>> Endpoint<A> for H {}

/// A handler of an HTML page or redirect.
pub(crate) trait Page<A>: Handler<A, Output: Responder + 'static> {}

impl<A, H: Handler<A, Output: Responder + 'static>> Page<A> for H {}

/// A table of addresses.
pub(crate) trait Table: Sized {
    /// An address of the table.
    type Address: Address;

    /// Adds a tag. The first description of a name is kept.
    fn tag(&mut self, name: &'static str, description: &str);

    /// Adds an address. `fill` adds its operations.
    fn address(&mut self, path: &str, fill: impl FnOnce(Self::Address) -> Self::Address);

    /// Adds a page that is not an operation of the API.
    fn page<A: FromRequest + 'static>(&mut self, path: &str, handler: impl Page<A>);

    /// Adds a read-only address.
    fn get<A: Arguments>(
        &mut self,
        path: &str,
        handler: impl Endpoint<A>,
        describe: impl FnOnce() -> Operation,
    ) {
        self.address(path, |address| address.get(handler, describe));
    }
}

/// The operations of an address. Other methods are rejected with 405 only for callers that may call the first
/// operation; for all others, 401, 403 or 404 take precedence.
pub(crate) trait Address: Sized {
    /// Describes the path parameters shared by all operations.
    fn parameters<const N: usize>(self, describe: impl FnOnce() -> [Value; N]) -> Self;

    /// Adds an operation.
    fn operation<A: Arguments>(
        self,
        method: Method,
        handler: impl Endpoint<A>,
        describe: impl FnOnce() -> Operation,
    ) -> Self;

    /// Adds a GET operation.
    fn get<A: Arguments>(self, handler: impl Endpoint<A>, describe: impl FnOnce() -> Operation) -> Self {
        self.operation(Method::GET, handler, describe)
    }

    /// Adds a POST operation.
    fn post<A: Arguments>(self, handler: impl Endpoint<A>, describe: impl FnOnce() -> Operation) -> Self {
        self.operation(Method::POST, handler, describe)
    }

    /// Adds a PUT operation.
    fn put<A: Arguments>(self, handler: impl Endpoint<A>, describe: impl FnOnce() -> Operation) -> Self {
        self.operation(Method::PUT, handler, describe)
    }

    /// Adds a PATCH operation.
    fn patch<A: Arguments>(self, handler: impl Endpoint<A>, describe: impl FnOnce() -> Operation) -> Self {
        self.operation(Method::PATCH, handler, describe)
    }

    /// Adds a DELETE operation.
    fn delete<A: Arguments>(self, handler: impl Endpoint<A>, describe: impl FnOnce() -> Operation) -> Self {
        self.operation(Method::DELETE, handler, describe)
    }
}

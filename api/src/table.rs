//! What is written beside each handler: its address, its method, and its description.
//!
//! There are two tables. The server's mounts the handlers and never calls the functions that describe them, so that these
//! are no part of the binary. The description's calls those, and mounts nothing.

use crate::{auth::Arguments, openapi::Operation};
use actix_web::{FromRequest, Handler, Responder, http::Method};
use serde_json::Value;

/// A handler whose first argument says who may call it.
pub(crate) trait Endpoint<A: Arguments>: Handler<A, Output: Responder + 'static> {}

impl<A: Arguments, H: Handler<A, Output: Responder + 'static>> Endpoint<A> for H {}

/// A handler of a page for people.
pub(crate) trait Page<A>: Handler<A, Output: Responder + 'static> {}

impl<A, H: Handler<A, Output: Responder + 'static>> Page<A> for H {}

/// All addresses.
pub(crate) trait Table: Sized {
    /// One of them.
    type Address: Address;

    /// A group of operations. The first description of a name holds.
    fn tag(&mut self, name: &'static str, description: &str);

    /// Adds an address, with what `fill` gives it.
    fn address(&mut self, path: &str, fill: impl FnOnce(Self::Address) -> Self::Address);

    /// Adds a page for people, which is no operation of the API.
    fn page<A: FromRequest + 'static>(&mut self, path: &str, handler: impl Page<A>);

    /// Adds an address that can only be read.
    fn get<A: Arguments>(
        &mut self,
        path: &str,
        handler: impl Endpoint<A>,
        describe: impl FnOnce() -> Operation,
    ) {
        self.address(path, |address| address.get(handler, describe));
    }
}

/// The operations of an address. The first says to whom a method that is not known is refused as such: who may not know of
/// the address learns that before it learns its methods.
pub(crate) trait Address: Sized {
    /// What stands in braces in the path, where not every operation says it itself.
    fn parameters<const N: usize>(self, describe: impl FnOnce() -> [Value; N]) -> Self;

    /// Adds an operation.
    fn operation<A: Arguments>(
        self,
        method: Method,
        handler: impl Endpoint<A>,
        describe: impl FnOnce() -> Operation,
    ) -> Self;

    /// Adds an operation that reads.
    fn get<A: Arguments>(self, handler: impl Endpoint<A>, describe: impl FnOnce() -> Operation) -> Self {
        self.operation(Method::GET, handler, describe)
    }

    /// Adds an operation that creates or does something.
    fn post<A: Arguments>(self, handler: impl Endpoint<A>, describe: impl FnOnce() -> Operation) -> Self {
        self.operation(Method::POST, handler, describe)
    }

    /// Adds an operation that replaces.
    fn put<A: Arguments>(self, handler: impl Endpoint<A>, describe: impl FnOnce() -> Operation) -> Self {
        self.operation(Method::PUT, handler, describe)
    }

    /// Adds an operation that changes.
    fn patch<A: Arguments>(self, handler: impl Endpoint<A>, describe: impl FnOnce() -> Operation) -> Self {
        self.operation(Method::PATCH, handler, describe)
    }

    /// Adds an operation that removes.
    fn delete<A: Arguments>(self, handler: impl Endpoint<A>, describe: impl FnOnce() -> Operation) -> Self {
        self.operation(Method::DELETE, handler, describe)
    }
}

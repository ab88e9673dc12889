//! Authentication and authorisation: bearer tokens (RFC 6750) as JWT (RFC 7519), signed with Ed25519 (RFC 8037).
//!
//! Rights are types: a handler that writes takes, for example, a [`Bearer<WriteContent>`](Bearer) as its first parameter.
//! It returns 401 and 403 before it reads a body, and a handler without such a parameter does not compile. Which roles have
//! a right stands in one table ([`Right`]).

mod access;
mod caller;
mod keyring;
pub(crate) mod rights;

pub use access::{Access, Arguments, Unauthenticated};
pub use caller::{Bearer, Caller, ChamberBearer, Identity};
pub use keyring::{Claims, Grant, Keyring, Role};
pub use rights::{
    AdministerTokens, Create, Edit, Extent, Needs, ReadAudit, ReadHistory, ReadMembers, Right, WriteContent,
    WriteMembers,
};

//! Authentication and authorisation: bearer tokens (RFC 6750) as JWT (RFC 7519), signed with Ed25519 (RFC 8037), or by an
//! OpenID Connect provider.
//!
//! Rights are types: a handler that writes takes, for example, a [`Bearer<WriteContent>`](Bearer) as its first parameter.
//! It returns 401 and 403 before it reads a body, and a handler without such a parameter does not compile. Which roles have
//! a right stands in one table ([`Right`]).

mod access;
mod caller;
mod claims;
pub mod endings;
mod grant;
mod keyring;
mod provider;
pub(crate) mod rights;
mod role;
mod signing_key;
mod uses;

pub use access::{Access, Arguments, Unauthenticated};
pub(crate) use caller::ended_token;
pub use caller::{Bearer, Caller, ChamberBearer, Identity};
pub use claims::{Claims, MAX_LIFE};
pub use endings::{Ending, Endings};
pub use grant::{Expiry, Grant, MAX_SUBJECT};
pub use keyring::{IssueError, Keyring, Rejection};
pub use provider::Provider;
pub use rights::{
    AdministerTokens, Create, Edit, Extent, Needs, ReadAudit, ReadHistory, ReadMembers, Right, WriteContent,
    WriteMembers,
};
pub use role::Role;
pub use uses::Uses;

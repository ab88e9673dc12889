//! Authentication and authorisation: bearer tokens (RFC 6750) as JWT (RFC 7519), signed with Ed25519 (RFC 8037), or by an
//! OpenID Connect provider.
//!
//! Rights are types: a handler that writes takes, for example, an [`Editor`] as its first parameter. It returns 401
//! before it reads a body, and a handler without such a parameter does not compile.

mod access;
mod caller;
mod keyring;
mod provider;

pub use access::{Access, Arguments, Unauthenticated};
pub use caller::{Auditor, Caller, ChamberReader, ChamberWriter, Editor, Identity, Staff};
pub use keyring::{Claims, Grant, Keyring, Role};
pub use provider::Provider;

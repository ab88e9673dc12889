//! Who is calling: bearer tokens (RFC 6750) as JWT (RFC 7519), signed with Ed25519 (RFC 8037).
//!
//! Rights are types: a handler that writes takes an [`Editor`] as its first parameter, so it answers 401 before
//! it reads a body, and forgetting it does not compile.

mod access;
mod caller;
mod keyring;

pub use access::{Access, Arguments, Unauthenticated};
pub use caller::{Auditor, Caller, ChamberReader, ChamberWriter, Editor, Identity, Staff};
pub use keyring::{Claims, Grant, Keyring, Role};

//! Building blocks of the OpenAPI document: parameters, responses, schemas, examples, and the document itself.
//!
//! Schemas are derived from structs by utoipa. Operations are described beside their handlers ([`super::Operation`])
//! and refer to shared parameters, headers and responses by name. The server calls none of this. Modules that no
//! handler's description uses are `cfg(test)`.

pub(crate) mod answers;
#[cfg(test)]
mod bounds;
#[cfg(test)]
pub(crate) mod components;
#[cfg(test)]
mod document;
pub(crate) mod examples;
pub(crate) mod filters;
#[cfg(test)]
mod older;
pub(crate) mod parameters;
pub(crate) mod schemas;
#[cfg(test)]
mod shared;
#[cfg(test)]
mod tests;
pub(crate) mod tidy;
mod twins;

/// The base URL of links in examples.
pub(crate) const EXAMPLE_URL: &str = "https://api.example.org";

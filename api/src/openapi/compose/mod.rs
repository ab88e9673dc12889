//! What descriptions are composed of: parameters, answers, schemas, examples; and the document as a whole.
//!
//! Schemas come from structs through utoipa. Operations stand beside their handlers ([`super::Operation`]) and refer to shared
//! parameters, headers and answers by name, which is most of what there is to say about them. The server calls none of this;
//! what is `cfg(test)` here is what no handler's description names.

pub(crate) mod answers;
#[cfg(test)]
mod bounds;
#[cfg(test)]
pub(crate) mod components;
#[cfg(test)]
mod document;
pub(crate) mod examples;
pub(crate) mod filters;
pub(crate) mod parameters;
pub(crate) mod schemas;
#[cfg(test)]
mod shared;
#[cfg(test)]
mod tests;
pub(crate) mod tidy;
mod twins;

/// The base of links in examples.
pub(crate) const EXAMPLE_URL: &str = "https://api.example.org";

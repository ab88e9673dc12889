//! Writes the API's description from the same list of kinds that mounts the routes.
//!
//! Schemas come from the structs of `domain` through utoipa. Operations are composed here as JSON: they refer to
//! shared parameters, headers and answers by name, which is most of what there is to say about them.

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

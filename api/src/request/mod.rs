//! Reading requests: parameters, formats, bodies, conditions.

pub mod body;
pub mod conditions;
pub mod encoding;
pub mod headers;
pub mod incoming;
pub mod input;
pub mod list;
pub mod negotiation;
pub mod parameter;
pub mod parameters;
pub mod seal;
pub mod unread;

#[cfg(test)]
mod tests;

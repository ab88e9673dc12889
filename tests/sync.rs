//! The chambers' sync, sentence by sentence of the contract.

mod broken;
mod full;
mod lines;
mod members;
mod runs;
mod stream;
mod together;
mod tokens;

//! What each address means in HTTP. What it means in data is said in `persistence`.

pub mod collection;
pub mod docs;
pub mod health;
pub mod landing;
pub mod record;
pub mod vocabulary;
mod writes;

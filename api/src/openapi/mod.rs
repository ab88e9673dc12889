//! placeholder
use serde_json::{Value, json};
/// placeholder
pub fn document(_public_url: Option<&str>) -> Value {
    json!({})
}

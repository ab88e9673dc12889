//! JSON Pointers (RFC 6901).

/// Appends a key to a pointer.
pub fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The key for a step of a pointer, unescaped.
pub fn key(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

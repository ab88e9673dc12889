//! JSON Pointers (RFC 6901), step by step.

/// A pointer to what `key` names in the place that a pointer names.
pub fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The key that a step of a pointer stands for.
pub fn key(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

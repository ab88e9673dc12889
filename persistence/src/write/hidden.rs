//! Keeps references that the writer cannot see. A client that reads a record and writes it back omits them
//! unknowingly.

use crate::{
    audience::Audience,
    connection::Conn,
    error::Error,
    query::labels::{self, Targets},
};
use domain::{content::Content, id::Id, reference::Link, slug::Key};
use serde_json::Value;
use std::collections::HashSet;

/// Restores references of the previous content that the audience cannot see, with everything that belongs to them
/// and at their old position. A reference is skipped if the new content names its target.
pub(crate) fn keep<C: Content>(
    conn: &mut Conn,
    audience: Audience,
    targets: &mut Targets,
    previous: &C,
    content: &mut C,
) -> Result<(), Error> {
    let mut previous = previous.clone();
    let keys = labels::keys(&mut previous);
    targets.look_up(conn, &keys)?;
    let named: HashSet<Key> = labels::keys(content).into_iter().map(|(key, _)| key).collect();
    let is_hidden = |id: Id| targets.find_any(id).is_some_and(|found| !audience.may_see(id, found.visible));
    let mut hidden = Vec::new();
    previous.visit_links(&mut |link: Link<'_>| {
        if let Some(id) = link.reference.id().filter(|id| is_hidden(*id) && !named.contains(&Key::Id(*id))) {
            hidden.push((link.pointer, id));
        }
        true
    });
    if hidden.is_empty() {
        return Ok(());
    }
    let (before, mut now) = (serde_json::to_value(&previous)?, serde_json::to_value(&*content)?);
    for (pointer, _) in hidden {
        put_back(&before, &mut now, &pointer);
    }
    *content = serde_json::from_value(now)?;
    Ok(())
}

/// Restores the entry at a pointer: inserts it into its list, or sets the field if it is null.
fn put_back(before: &Value, now: &mut Value, pointer: &str) {
    let mut parts = pointer.splitn(4, '/').skip(1);
    let (Some(field), index) = (parts.next(), parts.next().and_then(|index| index.parse::<usize>().ok()))
    else {
        return;
    };
    match (index, &before[field], &mut now[field]) {
        (Some(index), Value::Array(before), Value::Array(now)) => {
            if let Some(entry) = before.get(index) {
                now.insert(index.min(now.len()), entry.clone());
            }
        }
        (None, before, now) if now.is_null() => *now = before.clone(),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_put_back_stands_where_it_stood() {
        let before = json!({ "list": [{ "to": 1 }, { "to": 2 }, { "to": 3 }], "one": 4, "other": 5 });
        let mut now = json!({ "list": [{ "to": 2 }], "one": null, "other": 6 });
        for pointer in ["/list/0/to", "/list/2/to", "/one", "/other"] {
            put_back(&before, &mut now, pointer);
        }
        assert_eq!(now, json!({ "list": [{ "to": 1 }, { "to": 2 }, { "to": 3 }], "one": 4, "other": 6 }));
    }
}

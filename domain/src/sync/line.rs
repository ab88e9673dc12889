//! What one line of a chamber's body means.

use crate::{
    fault::Faults,
    member::Member,
    record::{Draft, SERVER_OWNED, ServerOwned, Status},
    scalar::ExternalId,
    vocabulary::ChamberCode,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Bytes of a line without its end.
pub const MAX_LINE: usize = 1024 * 1024;

/// A line that was understood.
#[derive(Clone, Debug)]
pub enum Line {
    /// The whole record of a member, and what it says of fields that only the server sets.
    Member(ExternalId, Box<Draft<Member>>, ServerOwned),
    /// That a member is no longer there.
    Deletion(ExternalId),
}

/// Why a line was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The member that it names; `None` when that cannot be read.
    pub external_id: Option<ExternalId>,
    /// JSON Pointer (RFC 6901) to the first fault; empty: the line as a whole.
    pub pointer: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

impl Refusal {
    /// Refuses a line for one reason.
    pub fn new(
        external_id: Option<ExternalId>,
        pointer: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        let (pointer, reason) = (shortened(pointer.into()), shortened(reason.into()));
        Self { external_id, pointer, reason }
    }

    /// Refuses a line for its faults, of which the first is told, and where the others are.
    pub fn of_faults(external_id: ExternalId, faults: &Faults) -> Self {
        /// So many others are named.
        const NAMED: usize = 5;
        let mut all = faults.iter();
        let Some(first) = all.next() else {
            return Self::new(Some(external_id), "", "cannot be read");
        };
        let others: Vec<&str> = all.map(|fault| fault.pointer.as_str()).collect();
        let mut reason = first.detail.clone();
        if !others.is_empty() {
            let more = if others.len() > NAMED { ", …" } else { "" };
            let named = others[..others.len().min(NAMED)].join(", ");
            reason = format!("{reason} (and {} more: {named}{more})", others.len());
        }
        Self::new(Some(external_id), first.pointer.clone(), reason)
    }
}

/// A text that quotes a line is as long as its sender likes, and is kept.
fn shortened(text: String) -> String {
    /// So many characters are kept.
    const MOST: usize = 500;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Refuses a line that is longer than [`MAX_LINE`].
pub fn too_long() -> Refusal {
    Refusal::new(None, "", format!("is longer than {MAX_LINE} bytes"))
}

/// The external id that a line names, read as cheaply as may be; `None` where it takes [`Line::read`] to say why not.
#[derive(Debug, Deserialize)]
pub struct LineId<'a> {
    #[serde(borrow)]
    external_id: Cow<'a, str>,
}

impl<'a> LineId<'a> {
    /// Looks for it.
    pub fn peek(text: &'a [u8]) -> Option<Cow<'a, str>> {
        // An array would do as an object whose fields stand in order.
        let is_object = text.trim_ascii_start().starts_with(b"{");
        let line = is_object.then(|| serde_json::from_slice::<Self>(text).ok()).flatten();
        line.map(|line| line.external_id)
    }
}

impl Line {
    /// Reads one line of a chamber's body.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn read(text: &[u8], chamber: ChamberCode) -> Result<Self, Refusal> {
        let json = serde_json::from_slice(text)
            .map_err(|fault| Refusal::new(None, "", format!("is not JSON in UTF-8: {fault}")))?;
        let Value::Object(mut object) = json else {
            return Err(Refusal::new(None, "", "must be a JSON object"));
        };
        let external_id = match object.get("external_id") {
            None | Some(Value::Null) => Err("is missing: the chamber's own id of the member".to_owned()),
            Some(Value::String(text)) => ExternalId::try_from(text.clone()),
            Some(_) => Err("has the wrong type: a string is expected".to_owned()),
        }
        .map_err(|reason| Refusal::new(None, "/external_id", reason))?;
        match object.shift_remove("deleted") {
            None | Some(Value::Null | Value::Bool(false)) => {}
            Some(Value::Bool(true)) => {
                let other = object.iter().find(|(field, value)| *field != "external_id" && !value.is_null());
                return match other {
                    None => Ok(Self::Deletion(external_id)),
                    Some((field, _)) => Err(Refusal::new(
                        Some(external_id),
                        format!("/{field}"),
                        "a deletion names external_id and nothing else",
                    )),
                };
            }
            Some(_) => {
                let reason = "has the wrong type: true or false is expected";
                return Err(Refusal::new(Some(external_id), "/deleted", reason));
            }
        }
        let owned = ServerOwned::take(&mut object, SERVER_OWNED);
        let mut faults = Faults::new();
        let draft = member(object, chamber, &external_id, None, &mut faults);
        match draft {
            Some(draft) if faults.is_empty() => Ok(Self::Member(external_id, Box::new(draft), owned)),
            _ => Err(Refusal::of_faults(external_id, &faults)),
        }
    }

    /// The member that it names.
    pub fn external_id(&self) -> &ExternalId {
        match self {
            Self::Member(external_id, ..) | Self::Deletion(external_id) => external_id,
        }
    }
}

/// Reads a member as its chamber sends it: `chamber` and `external_id` may be left out or are as the address says, and
/// it is published unless it says `draft`. `current` is the record as the chamber sees it, when there is one.
pub fn member(
    mut body: Map<String, Value>,
    chamber: ChamberCode,
    external_id: &ExternalId,
    current: Option<&Map<String, Value>>,
    faults: &mut Faults,
) -> Option<Draft<Member>> {
    for (field, ours) in [("chamber", chamber.entry().slug.as_str()), ("external_id", external_id.as_str())] {
        let sent = body.entry(field).or_insert(Value::Null);
        if sent.as_str().is_some_and(|sent| sent != ours) {
            faults.broken(format!("/{field}"), format!("must be '{ours}' here, or left out"));
        }
        // What is of another type is found with everything else.
        if sent.is_null() || sent.is_string() {
            *sent = ours.into();
        }
    }
    let mut draft = Draft::<Member>::read(Value::Object(body), current, faults)?;
    match draft.status {
        None => draft.status = Some(Status::Published),
        Some(Status::Archived) => {
            faults.broken("/status", "must be published or draft: what is no longer there is deleted");
        }
        Some(Status::Draft | Status::Published) => {}
    }
    Some(draft)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn chamber() -> ChamberCode {
        ChamberCode::parse("ihk-region-stuttgart").unwrap()
    }

    fn read(line: &Value) -> Result<Line, Refusal> {
        Line::read(line.to_string().as_bytes(), chamber())
    }

    fn whole() -> Value {
        json!({ "external_id": "S-1", "name": "Muster GmbH", "kind": "company", "region": "DE111" })
    }

    fn with(fields: Value) -> Value {
        let mut line = whole();
        line.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
        line
    }

    #[test]
    fn a_line_is_a_member_of_the_chamber_and_published() {
        for line in [whole(), with(json!({"chamber": "ihk-region-stuttgart", "deleted": false}))] {
            let Line::Member(external_id, draft, _) = read(&line).unwrap() else { panic!("{line}") };
            assert_eq!(external_id.as_str(), "S-1");
            assert_eq!(draft.status, Some(Status::Published));
            assert_eq!(draft.content.chamber, Some(chamber()));
            assert!(!draft.content.public);
        }
    }

    #[test]
    fn a_refusal_names_the_member_and_the_first_fault() {
        let refusal = |line| {
            let refusal = read(&line).unwrap_err();
            (refusal.external_id.map(|id| id.as_str().to_owned()), refusal.pointer)
        };
        let named = |pointer: &str| (Some("S-1".to_owned()), pointer.to_owned());
        assert_eq!(refusal(with(json!({"chamber": "ihk-ulm"}))), named("/chamber"));
        assert_eq!(refusal(with(json!({"status": "archived"}))), named("/status"));
        assert_eq!(refusal(with(json!({"deleted": true}))), named("/name"));
        assert_eq!(refusal(with(json!({"deleted": 1}))), named("/deleted"));
        assert_eq!(refusal(with(json!({"region": "DE999"}))), named("/region"));
        assert_eq!(refusal(with(json!({"external_id": 4711}))), (None, "/external_id".to_owned()));
        assert_eq!(refusal(with(json!({"external_id": "a b"}))), (None, "/external_id".to_owned()));
        assert_eq!(refusal(json!([1])), (None, String::new()));
        let long = "k".repeat(100_000);
        let refused = read(&with(json!({ &long: 1 }))).unwrap_err();
        assert!(refused.pointer.len() + refused.reason.len() < 1_100, "{refused:?}");
        let several = read(&with(json!({"kind": "club", "size_class": "huge"}))).unwrap_err();
        assert!(several.reason.contains("1 more"), "{}", several.reason);
    }

    #[test]
    fn a_marker_deletes() {
        let line = json!({"external_id": "S-1", "deleted": true, "name": null});
        assert!(matches!(read(&line), Ok(Line::Deletion(id)) if id.as_str() == "S-1"));
    }

    #[test]
    fn the_id_is_found_without_reading_the_rest() {
        let peek = |text: &str| LineId::peek(text.as_bytes()).map(Cow::into_owned);
        assert_eq!(
            peek(r#"{"name":"A","external_id":"S-1","x":[1,{"external_id":2}]}"#),
            Some("S-1".to_owned())
        );
        assert_eq!(peek(r#"{"external_id":"S\u002d1"}"#), Some("S-1".to_owned()));
        assert_eq!(peek(r#"{"external_id":1}"#), None);
        assert_eq!(peek(r#"["S-1"]"#), None);
        assert_eq!(peek(r#"{"external_id":"a","external_id":"b"}"#), None);
        assert_eq!(peek(r#"{"external_id":"a""#), None);
    }
}

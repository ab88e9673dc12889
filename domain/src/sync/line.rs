//! Parses the lines of a sync run.

use crate::{
    fault::Faults,
    json::{self, Strict},
    member::Member,
    parse,
    record::{Draft, ServerOwned, Status},
    scalar::ExternalId,
    text::{normalise, quoted},
    vocabulary::{Chamber, ChamberCode, Entry as _},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Maximum length of a line in bytes, without its end.
pub const MAX_LINE: usize = 1024 * 1024;

/// A valid line.
#[derive(Clone, Debug)]
pub enum Line {
    /// The complete record of a member, and the server-set fields that were sent with it.
    Member(ExternalId, Box<Draft<Member>>, ServerOwned),
    /// The deletion of a member.
    Deletion(ExternalId),
}

/// Why a line was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The member that the line names, or `None` if it cannot be read.
    pub external_id: Option<ExternalId>,
    /// JSON Pointer (RFC 6901) to the first fault. Empty for the line as a whole.
    pub pointer: String,
    /// What is wrong, and how to fix it.
    pub reason: String,
}

impl Refusal {
    /// Creates a refusal with one reason.
    pub fn new(
        external_id: Option<ExternalId>,
        pointer: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        let quoted = |text: String| quoted(&text, Faults::MOST_CHARACTERS).into_owned();
        Self { external_id, pointer: quoted(pointer.into()), reason: quoted(reason.into()) }
    }

    /// Creates a refusal from faults. Describes the first one and lists the pointers of the others.
    pub fn of_faults(external_id: ExternalId, faults: &Faults) -> Self {
        /// How many other pointers are listed.
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

/// The refusal of a line longer than [`MAX_LINE`].
pub fn too_long() -> Refusal {
    Refusal::new(None, "", format!("is longer than {MAX_LINE} bytes"))
}

/// The external id of a line, parsed without the rest. Use [`Line::read`] to find out why there is none.
#[derive(Debug, Deserialize)]
pub struct LineId<'a> {
    #[serde(borrow)]
    external_id: Cow<'a, str>,
}

impl<'a> LineId<'a> {
    /// Parses the external id. Returns `None` if the line is invalid or has none.
    pub fn peek(text: &'a [u8]) -> Option<Cow<'a, str>> {
        // serde would also accept an array, with the fields in order.
        let is_object = text.trim_ascii_start().starts_with(b"{");
        let line = is_object.then(|| serde_json::from_slice::<Self>(text).ok()).flatten();
        line.map(|line| match normalise(&line.external_id) {
            Cow::Borrowed(id) if id.len() == line.external_id.len() => line.external_id,
            id => Cow::Owned(id.into_owned()),
        })
    }
}

impl Line {
    /// Parses a line.
    ///
    /// # Errors
    /// Returns why the line is rejected.
    pub fn read(text: &[u8], chamber: ChamberCode) -> Result<Self, Refusal> {
        let mut faults = Faults::new();
        let json = json::read(text, &mut faults)
            .map_err(|fault| Refusal::new(None, "", format!("is not JSON in UTF-8: {fault}")))?;
        let Value::Object(mut object) = json else {
            return Err(Refusal::new(None, "", "must be a JSON object"));
        };
        let external_id = external_id(&object, &faults)?;
        let is_deleted = parse::field(&mut object, "deleted", &mut faults).unwrap_or(false);
        let line = if is_deleted {
            for (field, _) in
                object.iter().filter(|(field, value)| *field != "external_id" && !value.is_null())
            {
                faults
                    .broken(json::pointer::child("", field), "a deletion names external_id and nothing else");
            }
            Some(Self::Deletion(external_id.clone()))
        } else {
            let owned = ServerOwned::take(&mut object, &mut faults);
            let draft = member(object, chamber, &external_id, None, &mut faults);
            draft.map(|draft| Self::Member(external_id.clone(), Box::new(draft), owned))
        };
        line.filter(|_| faults.is_empty()).ok_or_else(|| Refusal::of_faults(external_id, &faults))
    }

    /// The member that the line names.
    pub fn external_id(&self) -> &ExternalId {
        match self {
            Self::Member(external_id, ..) | Self::Deletion(external_id) => external_id,
        }
    }
}

/// Reads `external_id`. A duplicate key is reported here, because it could be this one.
fn external_id(line: &Map<String, Value>, faults: &Faults) -> Result<ExternalId, Refusal> {
    const POINTER: &str = "/external_id";
    let refuse = |reason: String| Refusal::new(None, POINTER, reason);
    if let Some(fault) = faults.iter().find(|fault| fault.pointer == POINTER) {
        return Err(refuse(fault.detail.clone()));
    }
    match line.get("external_id") {
        None | Some(Value::Null) => Err(refuse("is missing: the chamber's own id for the member".to_owned())),
        Some(id) => ExternalId::deserialize(Strict(id)).map_err(|mismatch| refuse(mismatch.detail)),
    }
}

/// Parses a member sent by its chamber.
///
/// `chamber` and `external_id` may be omitted, or must match the address. The status defaults to `published`.
/// `current` is the record as the chamber sees it, if it exists.
pub fn member(
    mut body: Map<String, Value>,
    chamber: ChamberCode,
    external_id: &ExternalId,
    current: Option<&Map<String, Value>>,
    faults: &mut Faults,
) -> Option<Draft<Member>> {
    for (field, ours) in [("chamber", chamber.entry().slug.as_str()), ("external_id", external_id.as_str())] {
        let sent = body.entry(field).or_insert(Value::Null);
        let named = match &*sent {
            Value::Object(entry) => entry.get(Chamber::CODE_FIELD).and_then(Value::as_str),
            sent => sent.as_str(),
        };
        if named.is_some_and(|named| named != ours) {
            faults.broken(format!("/{field}"), format!("must be '{ours}' here, or left out"));
        }
        // Values of another type are reported by `Draft::read`.
        if sent.is_null() || sent.is_string() {
            *sent = ours.into();
        }
    }
    let mut draft = Draft::<Member>::read(Value::Object(body), current, faults)?;
    match draft.status {
        None => draft.status = Some(Status::Published),
        Some(Status::Archived) => {
            faults.broken("/status", "must be published or draft: to remove the member, delete it");
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
        assert_eq!(refusal(with(json!({"chamber": {"slug": "ihk-ulm"}}))), named("/chamber"));
        assert_eq!(refusal(json!({"external_id": "S-1", "deleted": true, "version": 1})), named("/version"));
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
    fn a_key_that_stands_twice_is_refused() {
        let refusal = |line: &str| {
            let refusal = Line::read(line.as_bytes(), chamber()).unwrap_err();
            (refusal.external_id.map(|id| id.as_str().to_owned()), refusal.pointer)
        };
        let twice = r#"{"external_id": "S-1", "name": "A", "address": {"city": "B", "city": "B"}}"#;
        assert_eq!(refusal(twice), (Some("S-1".to_owned()), "/address/city".to_owned()));
        assert_eq!(
            refusal(r#"{"external_id": "S-1", "external_id": "S-1"}"#),
            (None, "/external_id".to_owned())
        );
    }

    #[test]
    fn what_a_refusal_quotes_can_be_shown() {
        for field in ["kind", "size_class", "region", "a\u{0}b", "\u{202e}"] {
            for value in [json!("\u{0}"), json!("\u{202e}\u{1b}[0m"), json!({ "\u{0}": 1 })] {
                for line in [
                    with(json!({ field: value })),
                    json!({"external_id": "S-1", "deleted": true, field: value}),
                ] {
                    let refusal = read(&line).unwrap_err();
                    assert_eq!(refusal.external_id.as_ref().map(ExternalId::as_str), Some("S-1"));
                    for text in [refusal.pointer, refusal.reason] {
                        assert_eq!(quoted(&text, 500), text, "{line}");
                    }
                }
            }
        }
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
        assert_eq!(peek(r#"{"external_id":" S-\u200b1 "}"#), Some("S-1".to_owned()));
        assert_eq!(peek(r#"{"external_id":1}"#), None);
        assert_eq!(peek(r#"["S-1"]"#), None);
        assert_eq!(peek(r#"{"external_id":"a","external_id":"b"}"#), None);
        assert_eq!(peek(r#"{"external_id":"a""#), None);
    }
}

//! Operations of the kinds.

use super::{
    answers::{READ_HEADERS, headers_of, json_answer, one},
    facets::add_facets,
    filters::{self, sort},
    parameters::parameter,
    schemas::{add_kind, name_of, named},
};
use crate::openapi::Operation;
use domain::content::Content;
use serde_json::{Value, json};

pub(crate) fn list<C: Content>() -> Operation {
    let plural = C::KIND.plural();
    let mut parameters = filters::of::<C>();
    parameters.push(sort::<C>());
    parameters.extend(["PageLimit", "Cursor", "WithTotal"].map(parameter));
    let headers = ["ETag", "Last-Modified", "Cache-Control", "Link", "X-Request-Id"];
    let answer = json_answer("A page of the list.", named(&name_of::<C>("List")), &headers);
    Operation::new(plural, format!("list_{plural}"), format!("List {plural}"))
        .description(format!("{} Filters combine with AND; a repeated one is OR. Exports have addresses of their own (`/api/v1/{plural}.csv`, `.ndjson`, `.geojson`); `format=csv`, `ndjson` or `geojson` (`json` is the default), or their media types in `Accept`, answer the same here.", C::ABOUT))
        .parameters(parameters)
        .schemas(add_kind::<C>)
        .answer("200", answer)
        .refusals(&[406])
        .revalidated()
}

pub(crate) fn facets<C: Content>() -> Operation {
    let plural = C::KIND.plural();
    Operation::new(plural, format!("count_{plural}"), format!("Count {plural} by facet"))
        .description("Counts what the filter finds by every facet of the collection, those above in a hierarchy included.")
        .parameters(filters::of::<C>())
        .schemas(add_facets)
        .answer("200", json_answer("The counts.", named("FacetCounts"), &["ETag", "Cache-Control", "X-Request-Id"]))
        .refusals(&[406])
        .revalidated()
}

pub(crate) fn create<C: Content>() -> Operation {
    let answer = json_answer(
        "The record as it was created.",
        named(&name_of::<C>("")),
        &["Location", "ETag", "Cache-Control", "Idempotent-Replayed", "X-Request-Id"],
    );
    Operation::new(C::KIND.plural(), format!("create_{}", C::KIND), format!("Create {}", one::<C>()))
        .description("Creates a draft unless `status` says otherwise; `slug` is made from the name unless it is given.")
        .parameters([parameter("IdempotencyKey")])
        .body("application/json", &name_of::<C>("Input"))
        .answer("201", answer)
        .refusals(&[406, 409, 413, 415, 422])
}

pub(crate) fn read<C: Content>() -> Operation {
    Operation::new(C::KIND.plural(), format!("read_{}", C::KIND), format!("Read {}", one::<C>()))
        .description("References to records that the caller may not see are left out. With `as_of`: the record as the public saw it then, a 404 when it did not.")
        .parameters([parameter("AsOf")])
        .answer("200", json_answer("The record.", named(&name_of::<C>("")), &READ_HEADERS))
        .refusals(&[404, 406, 410])
        .revalidated()
        .redirected()
}

/// The answers of an operation that changes a record.
pub(crate) fn changed<C: Content>() -> Value {
    json_answer("The record as it is now.", named(&name_of::<C>("")), &READ_HEADERS)
}

pub(crate) fn replace<C: Content>() -> Operation {
    Operation::new(C::KIND.plural(), format!("replace_{}", C::KIND), format!("Replace {}", one::<C>()))
        .description("Replaces all fields; what is left out is empty then. `slug` and `status` stay as they are unless given. What changes nothing makes no version.")
        .parameters([parameter("IfMatch")])
        .body("application/json", &name_of::<C>("Input"))
        .answer("200", changed::<C>())
        .refusals(&[404, 406, 409, 410, 412, 413, 415, 422, 428])
        .redirected()
}

pub(crate) fn patch<C: Content>() -> Operation {
    Operation::new(C::KIND.plural(), format!("patch_{}", C::KIND), format!("Change {}", one::<C>()))
        .description(
            "Changes the fields that are given; null removes one (RFC 7396). Lists are replaced as a whole.",
        )
        .parameters([parameter("IfMatch")])
        .body("application/merge-patch+json", &name_of::<C>("Patch"))
        .answer("200", changed::<C>())
        .refusals(&[404, 406, 409, 410, 412, 413, 415, 422, 428])
        .redirected()
}

pub(crate) fn archive<C: Content>() -> Operation {
    let answer = json!({ "description": "It is archived.", "headers": headers_of(&["X-Request-Id"]) });
    Operation::new(C::KIND.plural(), format!("archive_{}", C::KIND), format!("Archive {}", one::<C>()))
        .description("Withdraws the record: the public finds 410 then, and `restore` brings it back.")
        .parameters([parameter("IfMatch")])
        .answer("204", answer)
        .refusals(&[404, 406, 410, 412, 428])
        .redirected()
}

pub(crate) fn restore<C: Content>() -> Operation {
    Operation::new(C::KIND.plural(), format!("restore_{}", C::KIND), format!("Restore {}", one::<C>()))
        .description("Brings an archived record back to the state that it had before. One that is not archived stays as it is.")
        .answer("200", changed::<C>())
        .refusals(&[404, 406, 410])
        .redirected()
}

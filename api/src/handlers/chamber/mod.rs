//! What a chamber holds: its members, one by one and as a list.

mod writing;

use super::{collection, paging};
use crate::{
    app::App,
    auth::ChamberReader,
    openapi::{Operation, READ_HEADERS, filters, json_answer, named, parameter, parameters, schema_of},
    problem::{GONE, NOT_FOUND, Problem},
    request::{body::JSON, conditions::record_tag, input::Input},
    respond,
    table::{Address, Table},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{
    member::Member,
    query::{Page, Scope},
    record::{Record, Status},
    scalar::ExternalId,
    text::normalise,
};
use persistence::audience::Audience;
use serde_json::{Value, json};

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    let members = "/api/v1/chambers/{chamber}/members";
    table.tag("chambers", "For chambers, which bring their members: thousands at a time by runs of the sync, or one by one. A chamber's token shows and changes the members of that chamber alone; the addresses of others are a 404. The chambers themselves: `/api/v1/chambers`.");
    table.address(members, |address| address.parameters(|| [chamber()]).get(list, describe_list));
    table.address(&format!("{members}/{{external_id}}"), |address| {
        address
            .parameters(|| [chamber(), named_member()])
            .get(read, describe_read)
            .put(writing::replace, writing::describe_replace)
            .delete(writing::delete, writing::describe_delete)
    });
}

/// Which chamber.
pub(super) fn chamber() -> Value {
    json!({
        "name": "chamber", "in": "path", "required": true,
        "description": "Slug of the chamber, as in `/api/v1/chambers`; an umbrella organisation has no members here.",
        "schema": parameters::code_or_slug("ihk-suedlicher-oberrhein")
    })
}

/// The parameter that names a member.
fn named_member() -> Value {
    let mut schema = schema_of::<ExternalId>();
    // Of the demo landscape.
    schema["examples"] = json!(["DEMO-0006"]);
    json!({
        "name": "external_id", "in": "path", "required": true,
        "description": "The chamber's own id of the member.",
        "schema": schema
    })
}

/// The external id in the address; what can be none is a 404 that says what one may be.
fn external_id(request: &HttpRequest) -> Result<ExternalId, Problem> {
    let text = request.match_info().get("external_id").unwrap_or_default();
    ExternalId::try_from(normalise(&decoded(text)).into_owned())
        .map_err(|fault| Problem::new(&NOT_FOUND, format!("What the address ends with {fault}.")))
}

/// Decodes what the router leaves as it is, since it could not tell it from what means something in an address: `%25`,
/// `%2B` and `%2F`.
fn decoded(segment: &str) -> String {
    let mut parts = segment.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let letter = match part.get(..2).map(str::to_ascii_uppercase).as_deref() {
            Some("25") => '%',
            Some("2B") => '+',
            Some("2F") => '/',
            _ => {
                text.push('%');
                text.push_str(part);
                continue;
            }
        };
        text.push(letter);
        text.push_str(&part[2..]);
    }
    text
}

/// The member that a chamber calls so; 404 for one that there is not, 410 for one that was deleted.
fn here<T>(found: Option<T>, status: impl Fn(&T) -> Result<Status, Problem>) -> Result<T, Problem> {
    let found = found.ok_or_else(Problem::not_found)?;
    match status(&found)? {
        Status::Archived => {
            Err(Problem::new(&GONE, "The member was deleted. Send it again to bring it back."))
        }
        _ => Ok(found),
    }
}

/// Lists the members that a chamber holds, public or not; deleted ones where `status=archived` asks for them.
///
/// # Errors
/// 401, 403 and 404 without the right to it, 400 for parameters.
pub async fn list(
    reader: ChamberReader,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let mut query = input.query(&Scope::of::<Member>(), Page::MAX_LIMIT, app.store.now());
    if query.as_of.is_some() {
        input.malformed("as_of", "is not known here: the past is that of the public");
    }
    let sent = input.sent().clone();
    let validated = input.finish()?;
    if query.filter.statuses.is_empty() {
        query.filter.statuses = vec![Status::Draft, Status::Published];
    }
    let audience = Audience::Chamber(reader.chamber);
    collection::page::<Member>(validated, &reader.caller(), audience, &app, &request, sent, query).await
}

fn describe_list() -> Operation {
    let status = parameters::repeated(
        "status",
        "Only members in this state; without it all but the deleted ones, which are `archived`.",
        json!({ "type": "string", "enum": ["draft", "published", "archived"] }),
    );
    // What the public saw is in no list of a chamber.
    let shared = ["AsOf", "Status"].map(parameter);
    let mut parameters: Vec<Value> =
        filters::of::<Member>().into_iter().filter(|filter| !shared.contains(filter)).collect();
    let scope = Scope::of::<Member>();
    parameters.extend([status, parameters::sort(&scope.sort_keys(), scope.name_field)]);
    parameters.extend(paging::parameters());
    let headers = ["ETag", "Last-Modified", "Cache-Control", "Link", "X-Request-Id"];
    let answer = json_answer("A page of members.", named("MemberList"), &headers);
    Operation::new("chambers", "list_chamber_members", "List what the portal holds of a chamber")
        .description("The members that the chamber sent, public or not. Filters combine with AND; a repeated one is OR.")
        .parameters(parameters)
        .answer("200", answer)
        .refusals(&[404, 406])
        .revalidated()
}

/// Reads one member.
///
/// # Errors
/// As [`list`], 404 for a member that there is not, 410 for one that was deleted.
pub async fn read(
    reader: ChamberReader,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let external_id = external_id(&request)?;
    let chamber = reader.chamber;
    let found = app.run(move |store| Ok(store.member(chamber, &external_id)?)).await?;
    let record: Record<Member> = here(found, |record| Ok(record.status))?;
    let validated = Input::of(&request).finish()?;
    let body = serde_json::to_vec(&record).map_err(Problem::internal)?;
    let tag = record_tag(record.version, &body);
    Ok(respond::tagged(validated, &request, &reader.caller(), JSON, &tag, Some(record.updated_at), body))
}

fn describe_read() -> Operation {
    let answer = json_answer("The member.", named("Member"), &READ_HEADERS);
    Operation::new("chambers", "read_chamber_member", "Read a member by the chamber's own id")
        .description("Public or not. One that was deleted is a 410, one that never was or was erased a 404.")
        .answer("200", answer)
        .refusals(&[404, 406, 410])
        .revalidated()
}

//! The members of a chamber.

mod writing;

use super::{collection, paging};
use crate::{
    app::App,
    auth::{ChamberBearer, ReadMembers},
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
    table.tag("chambers", "Operations for chambers, which upload their members: thousands at a time with sync runs, or one by one. The token of a chamber reads and writes the members of that chamber only; the addresses of other chambers return 404. For the list of chambers, see `/api/v1/chambers`.");
    table.address(members, |address| address.parameters(|| [chamber()]).get(list, describe_list));
    table.address(&format!("{members}/{{external_id}}"), |address| {
        address
            .parameters(|| [chamber(), named_member()])
            .get(read, describe_read)
            .put(writing::replace, writing::describe_replace)
            .delete(writing::delete, writing::describe_delete)
    });
}

/// The path parameter that identifies a chamber.
pub(super) fn chamber() -> Value {
    json!({
        "name": "chamber", "in": "path", "required": true,
        "description": "Slug of the chamber, as in `/api/v1/chambers`. Umbrella organisations have no members and return 404.",
        "schema": parameters::code_or_slug("ihk-suedlicher-oberrhein")
    })
}

/// The path parameter that identifies a member.
fn named_member() -> Value {
    let mut schema = schema_of::<ExternalId>();
    // A member of the demo landscape.
    schema["examples"] = json!(["DEMO-0006"]);
    json!({
        "name": "external_id", "in": "path", "required": true,
        "description": "The chamber's own id of the member.",
        "schema": schema
    })
}

/// The external id in the path. An invalid one is a 404 whose detail says what is allowed.
fn external_id(request: &HttpRequest) -> Result<ExternalId, Problem> {
    let text = request.match_info().get("external_id").unwrap_or_default();
    ExternalId::try_from(normalise(&decoded(text)).into_owned())
        .map_err(|fault| Problem::new(&NOT_FOUND, format!("The last segment of the address {fault}.")))
}

/// Decodes `%25`, `%2B` and `%2F`, which the router leaves encoded because decoded they would have a meaning in a path.
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

/// Returns a member that exists: 404 if there is none, 410 if it was deleted.
fn here<T>(found: Option<T>, status: impl Fn(&T) -> Result<Status, Problem>) -> Result<T, Problem> {
    let found = found.ok_or_else(Problem::not_found)?;
    match status(&found)? {
        Status::Archived => {
            Err(Problem::new(&GONE, "The member was deleted. Send it again to bring it back."))
        }
        _ => Ok(found),
    }
}

/// Lists the members of a chamber, public or not. Deleted ones are listed only with `status=archived`.
///
/// # Errors
/// 401, 403 or 404 for callers without access, 400 for invalid parameters.
pub async fn list(
    reader: ChamberBearer<ReadMembers>,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let mut query = input.query(&Scope::of::<Member>(), Page::MAX_LIMIT, app.store.now());
    if query.as_of.is_some() {
        input.malformed("as_of", "is not supported here: past states are those of the public portal");
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
        "Status. Deleted members are `archived` and are included only on request.",
        json!({ "type": "string", "enum": ["draft", "published", "archived"] }),
    );
    // Past states are those of the public portal. A chamber's list has no `as_of`, and a `status` of its own.
    let shared = ["AsOf", "Status"].map(parameter);
    let mut parameters: Vec<Value> =
        filters::of::<Member>().into_iter().filter(|filter| !shared.contains(filter)).collect();
    let scope = Scope::of::<Member>();
    parameters.extend([status, parameters::sort(&scope.sort_keys(), scope.name_field)]);
    parameters.extend(paging::parameters());
    let headers = ["ETag", "Last-Modified", "Cache-Control", "Link", "X-Request-Id"];
    let answer = json_answer("A page of members.", named("MemberList"), &headers);
    Operation::new("chambers", "list_chamber_members", "List the members of a chamber")
        .description("Lists the members that the chamber maintains, public or not. Filters are combined with AND, repeated values of one filter with OR.")
        .parameters(parameters)
        .answer("200", answer)
        .refusals(&[404, 406])
        .revalidated()
}

/// Reads one member.
///
/// # Errors
/// As [`list`]. 404 for an unknown member, 410 for a deleted one.
pub async fn read(
    reader: ChamberBearer<ReadMembers>,
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
    Ok(respond::tagged(validated, &reader.caller(), JSON, &tag, Some(record.updated_at), body))
}

fn describe_read() -> Operation {
    let answer = json_answer("The member.", named("Member"), &READ_HEADERS);
    Operation::new("chambers", "read_chamber_member", "Get a member by external id")
        .description(
            "Returns a member, public or not. A deleted member returns 410, an unknown or erased one 404.",
        )
        .answer("200", answer)
        .refusals(&[404, 406, 410])
        .revalidated()
}

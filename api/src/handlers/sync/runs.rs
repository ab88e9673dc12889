//! Reading sync runs and their rejected lines.

use super::{
    super::paging::{self, Cursors, Items, limit, with_total},
    LATEST, examples, path,
};
use crate::{
    app::App,
    auth::{ChamberBearer, ReadMembers},
    openapi::{Operation, json_answer, named},
    problem::Problem,
    request::input::Input,
    respond,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{id::Id, sync::Run, vocabulary::ChamberCode};
use serde_json::{Value, json};

const PAGE_HEADERS: [&str; 4] = ["ETag", "Cache-Control", "Link", "X-Request-Id"];

/// The path parameter that identifies a run.
pub(super) fn named_run() -> Value {
    json!({
        "name": "run", "in": "path", "required": true,
        "description": "Id of the run, or `latest` for the one that started last.",
        "schema": { "type": "string", "pattern": format!("^({LATEST}|{})$", Id::PATTERN), "maxLength": 36, "examples": [LATEST] }
    })
}

/// Lists the runs of a chamber, latest first, without their rejections.
///
/// # Errors
/// 401, 403 or 404 for callers without access.
pub(super) async fn list(
    reader: ChamberBearer<ReadMembers>,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let limit = limit(&mut input);
    let cursors = Cursors::<Id>::of(&app, &format!("runs of {}", reader.chamber.entry().slug), &input);
    let before = cursors.take(&mut input);
    let with_total = with_total(&mut input);
    let validated = input.finish()?;
    let chamber = reader.chamber;
    let (runs, total) = app
        .run(move |store| {
            let total = with_total.then(|| store.total_of_runs(chamber)).transpose()?;
            Ok((store.runs(chamber, before, limit)?, total))
        })
        .await?;
    let page = cursors.page(&app.url(request.path()), runs, |last| last.id)?;
    paging::answer(validated, &reader.caller(), &Items { total, ..page })
}

pub(super) fn describe_list() -> Operation {
    let answer = json_answer("A page of runs.", named("SyncRunList"), &PAGE_HEADERS);
    Operation::new("chambers", "list_sync_runs", "List the sync runs of a chamber")
        .description("Lists runs, latest first, including those in progress. `rejections` is empty here: get the run, or list its rejections.")
        .parameters(paging::parameters())
        .schemas(examples::add_runs)
        .answer("200", answer)
        .refusals(&[404, 406])
        .revalidated()
}

/// Returns a run.
///
/// # Errors
/// As [`list`]. 404 for an unknown run.
pub(super) async fn read(
    reader: ChamberBearer<ReadMembers>,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let run = find(&app, &request, reader.chamber).await?;
    respond::json(Input::of(&request).finish()?, &reader.caller(), &run)
}

pub(super) fn describe_read() -> Operation {
    let answer = json_answer("The run.", named("SyncRun"), &["ETag", "Cache-Control", "X-Request-Id"]);
    Operation::new("chambers", "read_sync_run", "Get a sync run")
        .description(format!(
            "Returns the progress of a run, as far as it is committed, or its result, with the first {} rejections.",
            Run::LISTED
        ))
        .answer("200", answer)
        .refusals(&[404, 406])
        .revalidated()
}

/// The run in the path. An invalid id is a 404.
async fn find(app: &App, request: &HttpRequest, chamber: ChamberCode) -> Result<Run, Problem> {
    let named = request.match_info().get("run").unwrap_or_default();
    let id = if named == LATEST { None } else { Some(Id::parse(named).ok_or_else(Problem::not_found)?) };
    app.run(move |store| store.run(chamber, id)?.ok_or_else(Problem::not_found)).await
}

/// Lists the rejected lines of a run, in the order of the body.
///
/// # Errors
/// As [`read`].
pub(super) async fn rejections(
    reader: ChamberBearer<ReadMembers>,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let run = find(&app, &request, reader.chamber).await?;
    let mut input = Input::of(&request);
    let limit = limit(&mut input);
    let cursors = Cursors::<u64>::of(&app, &format!("rejections of {}", run.id), &input);
    let after = cursors.take(&mut input);
    let with_total = with_total(&mut input);
    let validated = input.finish()?;
    let (rejections, total) = app
        .run(move |store| {
            let total = with_total.then(|| store.total_of_rejections(run.id)).transpose()?;
            Ok((store.rejections(run.id, after.unwrap_or_default(), limit)?, total))
        })
        .await?;
    let address = app.url(&format!("{}/rejections", path(reader.chamber, run.id)));
    let page = cursors.page(&address, rejections, |last| last.line)?;
    paging::answer(validated, &reader.caller(), &Items { total, ..page })
}

pub(super) fn describe_rejections() -> Operation {
    let answer = json_answer("A page of rejections.", named("SyncRejectionList"), &PAGE_HEADERS);
    Operation::new("chambers", "list_sync_rejections", "List the rejected lines of a sync run")
        .description(format!("Lists rejected lines in the order of the body. Only the first {} are kept. `total` counts these; `counts.rejected` of the run is exact. Rejections of erased members are removed.", Run::KEPT))
        .parameters(paging::parameters())
        .schemas(examples::add_rejections)
        .answer("200", answer)
        .refusals(&[404, 406])
        .revalidated()
}

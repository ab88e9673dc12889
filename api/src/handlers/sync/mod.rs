//! Sync runs of chambers and their results.

mod examples;
mod runs;

use super::chamber::chamber;
use crate::{
    app::App,
    auth::{ChamberBearer, Ending, WriteMembers, ended_token},
    openapi::{Operation, json_answer, named},
    priority::{self, LOW},
    problem::{BROKEN_BODY, DELETION_GUARD, Problem, SYNC_IN_PROGRESS, UNAVAILABLE},
    request::{
        body::JSON,
        encoding::Encoding,
        incoming::{self, NDJSON, Transit},
        input::{Input, Validated},
        parameter::{Parameter, flag},
    },
    table::{Address, Table},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, LOCATION},
    web::{Data, Payload},
};
use domain::{
    id::Id,
    sync::{MAX_LINE, Mode, Run, RunOptions, RunState},
    vocabulary::ChamberCode,
};
use futures_util::future::select;
use persistence::sync::{Begun, Interruption, SyncRun};
use serde_json::json;
use std::pin::pin;
use tokio::sync::oneshot;

/// Stands for the id of the run that started last.
pub const LATEST: &str = "latest";

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    let runs = "/api/v1/chambers/{chamber}/sync-runs";
    let of_run = || [chamber(), runs::named_run()];
    table.address(runs, |address| {
        address.parameters(|| [chamber()]).get(runs::list, runs::describe_list).post(start, describe)
    });
    table.address(&format!("{runs}/{{run}}"), |address| {
        address.parameters(of_run).get(runs::read, runs::describe_read)
    });
    table.address(&format!("{runs}/{{run}}/rejections"), |address| {
        address.parameters(of_run).get(runs::rejections, runs::describe_rejections)
    });
}

/// Whether a body contains changes or all members.
const MODE: Parameter<Mode> = Parameter {
    name: "mode",
    description: "`delta`: the body contains changes. `full`: the body contains all members, and members that it does not name are deleted.",
    schema: || json!({ "type": "string", "enum": Mode::WORDS, "default": Mode::Delta.as_str() }),
    read: |word| Mode::parse(word).ok_or_else(|| format!("must be one of {}", Mode::WORDS.join(", "))),
    shared: None,
};

/// Whether to write nothing.
const DRY_RUN: Parameter<bool> = Parameter {
    name: "dry_run",
    description: "Write nothing, but return the same response, including errors.",
    schema: || json!({ "type": "boolean", "default": false }),
    read: flag,
    shared: None,
};

/// How many members a full run may delete.
const MAX_DELETION_PERCENT: Parameter<u8> = Parameter {
    name: "max_deletion_percent",
    description: "Maximum share of the members before the run, in percent, that may be deleted because the body does not name them. Only with `mode=full`.",
    schema: || json!({ "type": "integer", "format": "int32", "minimum": 0, "maximum": 100, "default": RunOptions::DEFAULT_PERCENT }),
    read: |text| {
        let percent = text.parse().ok().filter(|percent| *percent <= 100);
        percent.ok_or_else(|| "must be a whole number from 0 to 100".to_owned())
    },
    shared: None,
};

/// Takes the options of a run from the parameters.
fn take_run_options(input: &mut Input<'_>) -> RunOptions {
    RunOptions {
        mode: input.take(&MODE).unwrap_or(Mode::Delta),
        dry_run: input.take(&DRY_RUN).unwrap_or(false),
        max_deletion_percent: input.take(&MAX_DELETION_PERCENT).unwrap_or(RunOptions::DEFAULT_PERCENT),
    }
}

/// Starts a sync run. Reads the body while it arrives, and answers when all lines are processed.
///
/// # Errors
/// 400 for invalid parameters or a body that breaks off, 404 for another chamber, 409 while another run of the
/// chamber is in progress or if too many members would be deleted, 415 for a body that is not NDJSON.
pub async fn start(
    writer: ChamberBearer<WriteMembers>,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let options = take_run_options(&mut input);
    let encoding = incoming::check_type(&request)
        .and_then(|()| Encoding::read(&request, &[Encoding::Gzip, Encoding::Zstd]));
    let (encoding, validated) = input.finish_with_body(encoding)?;
    let (arriving, transit) = Transit::new(encoding);
    let ChamberBearer { identity, chamber, .. } = writer;
    let mut ending = app.endings.of_identity(&identity);
    let (begun, has_begun) = oneshot::channel();
    let (ended, has_ended) = oneshot::channel();
    let (worker, ending_of_work) = (app.clone(), ending.clone());
    // A separate thread, because a run may take minutes and there are few threads for requests.
    let work = move || {
        priority::lower(LOW);
        match worker.store.begin_run(&identity.actor(), chamber, options) {
            Ok(Begun::Run(run)) => {
                // If the client has disconnected, nobody receives this. The run continues with what has arrived.
                let _ = begun.send(Ok(Ok(())));
                let _ = ended.send(work(&worker, *run, transit, &ending_of_work));
            }
            Ok(Begun::UnderWay(other)) => drop(begun.send(Ok(Err(other)))),
            Err(error) => drop(begun.send(Err(error))),
        }
    };
    std::thread::Builder::new().name("sync".to_owned()).spawn(work).map_err(Problem::internal)?;

    if let Err(other) = has_begun.await.map_err(Problem::internal)?? {
        let url = app.url(&path(chamber, other));
        let problem = Problem::new(&SYNC_IN_PROGRESS, "Another run of this chamber is in progress.")
            .with_extension("run_url", url.clone().into());
        return Err(located(problem, &url));
    }
    // If the token ends first, the rest of the body is dropped, and the run ends.
    select(pin!(arriving.hand_on(payload)), pin!(ending.over())).await;
    let run = has_ended.await.map_err(Problem::internal)??;
    if run.state == RunState::Interrupted && ending.is_over() {
        return Err(ended_token());
    }
    answer(validated, &run, &app, chamber)
}

fn describe() -> Operation {
    let encoding = json!({
        "name": "Content-Encoding", "in": "header", "required": false, "description": "Compression of the body.",
        "schema": { "type": "string", "enum": ["identity", "gzip", "zstd"] }
    });
    let finished = json_answer(
        "The completed run. Some lines may have been rejected.",
        named("SyncRun"),
        &["Location", "Cache-Control", "X-Request-Id"],
    );
    let broken = examples::refusal(
        "The request is invalid (`bad-request`), or the body was not received completely (`broken-body`). In the latter case, valid lines before the break stay written, and members that the body does not name are not deleted.",
        &[(&BROKEN_BODY, examples::broken())],
    );
    let stopped = examples::refusal(
        "Another run of this chamber is in progress (`sync-in-progress`), and nothing of this body was processed. Or another run started or ended at the same moment (`conflict`): send the body again. Or too many members would be deleted (`deletion-guard`).",
        &[(&SYNC_IN_PROGRESS, examples::under_way()), (&DELETION_GUARD, examples::stopped())],
    );
    Operation::new("chambers", "start_sync_run", "Start a sync run")
        .description(about())
        .parameters([MODE.once(), DRY_RUN.once(), MAX_DELETION_PERCENT.once(), encoding])
        .body_of(json!({
            "required": true,
            "description": "Members and deletions, one JSON object per line, in UTF-8.",
            "content": { NDJSON: {
                "schema": { "type": "string", "format": "binary", "description": "NDJSON." },
                "example": examples::members()
            } }
        }))
        .schemas(examples::add_run)
        .answer("201", finished)
        .refusals(&[404, 406, 415])
        .refusal("400", broken)
        .refusal("409", stopped)
}

fn about() -> String {
    format!(
        "Uploads the members of a chamber as NDJSON and returns when all lines are processed. To see the progress, call \
         `GET …/sync-runs/{{run}}`. A chamber has one run at a time.\n\n\
         **Lines.** A line is a `MemberInput` with its `external_id`: the complete record, nothing is merged. `status` \
         defaults to `published`; the only other value is `draft`. `chamber` may be omitted. To delete a member, send \
         `{{\"external_id\": \"…\", \"deleted\": true}}`. A byte-order mark, CRLF and blank lines are accepted. A line may \
         have {MAX_LINE} bytes, decompressed and without its end. The size of the body is not limited. A body compressed \
         with gzip or zstd must contain at least one stream: an empty one is damaged. A zstd stream must not need a window \
         of more than 8 MiB: compress with level 19 or lower, and without `--long`.\n\n\
         **Results.** Each line is processed on its own and counted as `created`, `updated`, `unchanged`, `deleted` or \
         `rejected`. An invalid line is rejected alone, and its member is not deleted. A second line with the same \
         `external_id` is rejected, and so are new members beyond {} in one run. Unchanged lines write nothing. Deleting \
         an unknown or already deleted member counts as `unchanged`. A deleted member that is sent again counts as \
         `created` and keeps its previous id. Valid lines are committed in batches, whatever follows.\n\n\
         **Deletion.** With `mode=full`, members of the chamber that the body does not name are deleted at the end, if the \
         body was received completely and every line identifies its member. A line that is not JSON, is too long, or has \
         no valid `external_id` prevents this (`sweep.state` is `skipped`). The run is stopped with 409 if it would delete \
         more than `max_deletion_percent` of the members that the chamber had before the run, and more than {} members. \
         None of these is deleted then; everything else is kept. If the body has no valid line, any such deletion stops \
         the run, unless `max_deletion_percent` is 100. At 0, any such deletion stops it. Deletions by a line do not \
         count.\n\n\
         **Tokens.** If the token expires or is revoked during the run, the run is closed as `interrupted` and answered with \
         401. What was committed stays, and members that the body does not name are not deleted.\n\n\
         **Retries.** Runs are idempotent: after any failure, sending the same body again has the same result. \
         `Idempotency-Key` is not needed and is ignored.",
        Run::MOST_NEW,
        RunOptions::HARMLESS
    )
}

/// Processes the body until it ends.
fn work(app: &App, run: SyncRun, transit: Transit, ending: &Ending) -> Result<Run, Problem> {
    let body = transit.open().map_err(Problem::internal)?;
    let interruption = || {
        let closing = app.follow.is_closed().then_some(Interruption::Closing);
        ending.is_over().then_some(Interruption::TokenEnded).or(closing)
    };
    Ok(run.work(body, &|| app.follow.wrote(), &interruption)?)
}

/// The response to a run that has ended.
fn answer(_: Validated, run: &Run, app: &App, chamber: ChamberCode) -> Result<HttpResponse, Problem> {
    let url = app.url(&path(chamber, run.id));
    let refused = match run.state {
        RunState::Stopped => &DELETION_GUARD,
        RunState::Failed => &BROKEN_BODY,
        RunState::Interrupted => &UNAVAILABLE,
        RunState::Running | RunState::Completed => {
            return Ok(HttpResponse::Created()
                .insert_header((LOCATION, url))
                .insert_header((CACHE_CONTROL, "private, no-store"))
                .insert_header((CONTENT_TYPE, JSON))
                .body(serde_json::to_vec(run).map_err(Problem::internal)?));
        }
    };
    let mut detail = run.sweep.reason.clone().unwrap_or_default();
    if let Some(first) = detail.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let value = serde_json::to_value(run).map_err(Problem::internal)?;
    Err(located(Problem::new(refused, format!("{detail}.")).with_extension("run", value), &url))
}

/// The path of a run.
fn path(chamber: ChamberCode, id: Id) -> String {
    format!("/api/v1/chambers/{}/sync-runs/{id}", chamber.entry().slug)
}

fn located(problem: Problem, url: &str) -> Problem {
    match HeaderValue::from_str(url) {
        Ok(url) => problem.with_header(LOCATION, url),
        Err(_) => problem,
    }
}

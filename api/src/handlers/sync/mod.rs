//! The chambers' sync: runs, and what became of their lines.

mod examples;
mod runs;

use super::chamber::chamber;
use crate::{
    app::App,
    auth::ChamberWriter,
    openapi::{Operation, json_answer, named},
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
use persistence::sync::{Begun, SyncRun};
use serde_json::json;
use tokio::sync::oneshot;

/// The name of the run that began last, in the place of its id.
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

/// Whether a body names what changed, or everything.
const MODE: Parameter<Mode> = Parameter {
    name: "mode",
    description: "Whether the body names what changed, or everything: what it does not name is deleted then.",
    schema: || json!({ "type": "string", "enum": Mode::WORDS, "default": Mode::Delta.as_str() }),
    read: |word| Mode::parse(word).ok_or_else(|| format!("is none of {}", Mode::WORDS.join(", "))),
    shared: None,
};

/// Whether nothing is written.
const DRY_RUN: Parameter<bool> = Parameter {
    name: "dry_run",
    description: "Whether nothing is written: the answer is the same, refusals included.",
    schema: || json!({ "type": "boolean", "default": false }),
    read: flag,
    shared: None,
};

/// How much a full run may delete.
const MAX_DELETION_PERCENT: Parameter<u8> = Parameter {
    name: "max_deletion_percent",
    description: "How many percent of what the chamber held before the run may be deleted for not being named; only `mode=full` asks.",
    schema: || json!({ "type": "integer", "format": "int32", "minimum": 0, "maximum": 100, "default": RunOptions::DEFAULT_PERCENT }),
    read: |text| {
        let percent = text.parse().ok().filter(|percent| *percent <= 100);
        percent.ok_or_else(|| "must be a whole number from 0 to 100".to_owned())
    },
    shared: None,
};

/// Takes what a run is to do out of the parameters.
fn take_run_options(input: &mut Input<'_>) -> RunOptions {
    RunOptions {
        mode: input.take(&MODE).unwrap_or(Mode::Delta),
        dry_run: input.take(&DRY_RUN).unwrap_or(false),
        max_deletion_percent: input.take(&MAX_DELETION_PERCENT).unwrap_or(RunOptions::DEFAULT_PERCENT),
    }
}

/// Lets those go first who answer requests: on Linux a thread has a niceness of its own, and gives it to those that it
/// starts.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    if let Err(cause) = rustix::process::setpriority_process(None, 5) {
        log::warn!("a run does not give way to requests: {cause}");
    }
}

/// Runs a sync: reads the body while it arrives, and answers when everything is done.
///
/// # Errors
/// 400 for parameters and for a body that breaks off, 404 for another's chamber, 409 while another run of the chamber is
/// under way and when too much would be deleted, 415 for a body that is not NDJSON.
pub async fn start(
    writer: ChamberWriter,
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
    let ChamberWriter { identity, chamber } = writer;
    let (begun, has_begun) = oneshot::channel();
    let (ended, has_ended) = oneshot::channel();
    let worker = app.clone();
    // A thread of its own: a run may take minutes, and those that answer requests are few.
    let work = move || {
        lower_priority();
        match worker.store.begin_run(&identity.actor(), chamber, options) {
            Ok(Begun::Run(run)) => {
                // Nobody listens any more when the sender is gone; the run goes on with what has arrived.
                let _ = begun.send(Ok(Ok(())));
                let _ = ended.send(work(&worker, *run, transit));
            }
            Ok(Begun::UnderWay(other)) => drop(begun.send(Ok(Err(other)))),
            Err(error) => drop(begun.send(Err(error))),
        }
    };
    std::thread::Builder::new().name("sync".to_owned()).spawn(work).map_err(Problem::internal)?;

    if let Err(other) = has_begun.await.map_err(Problem::internal)?? {
        let url = app.url(&path(chamber, other));
        let problem = Problem::new(&SYNC_IN_PROGRESS, "Another run of this chamber is under way.")
            .with_extension("run_url", url.clone().into());
        return Err(located(problem, &url));
    }
    arriving.hand_on(payload).await;
    answer(validated, &has_ended.await.map_err(Problem::internal)??, &app, chamber)
}

fn describe() -> Operation {
    let encoding = json!({
        "name": "Content-Encoding", "in": "header", "required": false, "description": "How the body is compressed.",
        "schema": { "type": "string", "enum": ["identity", "gzip", "zstd"] }
    });
    let finished = json_answer(
        "The run, finished; lines may have been rejected.",
        named("SyncRun"),
        &["Location", "Cache-Control", "X-Request-Id"],
    );
    let broken = examples::refusal(
        "The request cannot be understood (`bad-request`), or the body was not received as a whole (`broken-body`): what was valid before the break stays written, and nothing is deleted for not being named.",
        &[(&BROKEN_BODY, examples::broken())],
    );
    let stopped = examples::refusal(
        "Another run of this chamber is under way (`sync-in-progress`), and nothing of this body was taken; or one began or ended at this moment (`conflict`): send it again. Or too much would be deleted (`deletion-guard`).",
        &[(&SYNC_IN_PROGRESS, examples::under_way()), (&DELETION_GUARD, examples::stopped())],
    );
    Operation::new("chambers", "start_sync_run", "Sync the members of a chamber")
        .description(about())
        .parameters([MODE.once(), DRY_RUN.once(), MAX_DELETION_PERCENT.once(), encoding])
        .body_of(json!({
            "required": true,
            "description": "Members and deletions, one JSON object a line, in UTF-8.",
            "content": { NDJSON: {
                "schema": { "type": "string", "format": "binary", "description": "Lines of JSON." },
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
        "Takes the members of a chamber, one a line, and answers when all is done; meanwhile `GET …/sync-runs/{{run}}` \
         says how far it is. A chamber has one run at a time.\n\n\
         **Lines.** A line is a `MemberInput` with its `external_id`: the whole record, nothing is merged, and `status` \
         is `published` unless it says `draft`. Or it is `{{\"external_id\": \"…\", \"deleted\": true}}`. `chamber` may \
         be left out. A byte-options mark, CRLF and blank lines do no harm; a line has at most {MAX_LINE} bytes without \
         its end, decompressed; the body has no limit. A body that is compressed with gzip or zstd holds a stream at least: \
         nothing at all is a damaged one. A zstd stream must not need a window of more than 8 MiB: compress with level 19 \
         or lower, and without `--long`.\n\n\
         **Judgement.** Each line is processed alone: `created`, `updated`, `unchanged`, `deleted` or `rejected`. A bad line \
         rejects itself and protects its record. A second line with the same `external_id` is rejected, and so is what is \
         new beyond {} new members in one run. Unchanged lines write nothing. A deletion of what is not \
         there is `unchanged`; what was deleted and is sent again is `created`, with its old id. What is valid is \
         committed in batches, whatever comes later.\n\n\
         **Deletion.** With `mode=full`, members of the chamber that the body does not name are deleted when it was \
         received to its end, and every line told which member it means: one that is no JSON, too long, or has no valid \
         `external_id` stops that (`sweep.state` is `skipped`). More than `max_deletion_percent` of what the chamber \
         held before the run, and more than {} members, stop it too: 409, nothing is deleted for not being named, all \
         else stays. After a body without a single valid line any deletion does, unless `max_deletion_percent` is 100; at \
         0 any does, always. Deletions by a line do not count.\n\n\
         **Again.** Runs are idempotent by themselves: sent again after any failure, the same body comes to the same end. \
         `Idempotency-Key` is not needed here, and not looked at.",
        Run::MOST_NEW,
        RunOptions::HARMLESS
    )
}

/// Does what arrives, to its end.
fn work(app: &App, run: SyncRun, transit: Transit) -> Result<Run, Problem> {
    let body = transit.open().map_err(Problem::internal)?;
    Ok(run.work(body, &|| app.follow.wrote(), &|| app.follow.is_closed())?)
}

/// What is said of a run that has ended.
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

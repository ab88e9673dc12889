//! The chambers' sync: runs, and what became of their lines. Their members: [`super::chamber`].

use super::{
    EXAMPLE_URL,
    answers::{self, headers_of, json_answer},
    chamber::members_example,
    parameters::{self, parameter},
    schemas::{Schemas, add_answer, counted, named},
};
use crate::{
    handlers::sync::LATEST,
    openapi::Operation,
    problem::{BROKEN_BODY, DELETION_GUARD, ProblemType, SYNC_IN_PROGRESS},
    request::incoming::NDJSON,
};
use domain::{
    id::Id,
    sync::{MAX_LINE, Mode, Rejection, Run, RunOptions},
};
use serde_json::{Value, json};

const PAGE_HEADERS: [&str; 4] = ["ETag", "Cache-Control", "Link", "X-Request-Id"];
const RUN_ID: &str = "019a2b3c-0000-7000-8000-0000000000bb";

/// Adds what a run answers.
fn add_run(schemas: &mut Schemas) {
    add_answer::<Rejection>(schemas, &rejection_example());
    add_answer::<Run>(schemas, &finished());
    schemas.add("SyncProblem", problem());
}

/// Adds what lists of runs answer.
fn add_runs(schemas: &mut Schemas) {
    let mut listed = finished();
    listed["rejections"] = json!([]);
    let runs = counted("SyncRun", "A page of runs, latest first, without their rejections.", &listed);
    schemas.add("SyncRunList", runs);
}

/// Adds what lists of rejections answer.
fn add_rejections(schemas: &mut Schemas) {
    let rejections = counted(
        "SyncRejection",
        "A page of lines that were not taken, in their order.",
        &rejection_example(),
    );
    schemas.add("SyncRejectionList", rejections);
}

/// Which run.
pub(crate) fn run() -> Value {
    json!({
        "name": "run", "in": "path", "required": true,
        "description": "Identity of the run, or `latest` for the one that began last.",
        "schema": { "type": "string", "pattern": format!("^({LATEST}|{})$", Id::PATTERN), "maxLength": 36, "examples": [LATEST] }
    })
}

fn description() -> String {
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

pub(crate) fn start() -> Operation {
    let mode = parameters::query(
        "mode",
        "Whether the body names what changed, or everything: what it does not name is deleted then.",
        json!({ "type": "string", "enum": Mode::WORDS, "default": Mode::Delta.as_str() }),
    );
    let dry_run = parameters::query(
        "dry_run",
        "Whether nothing is written: the answer is the same, refusals included.",
        json!({ "type": "boolean", "default": false }),
    );
    let percent = parameters::query(
        "max_deletion_percent",
        "How many percent of what the chamber held before the run may be deleted for not being named; only `mode=full` asks.",
        json!({ "type": "integer", "format": "int32", "minimum": 0, "maximum": 100, "default": RunOptions::DEFAULT_PERCENT }),
    );
    let encoding = json!({
        "name": "Content-Encoding", "in": "header", "required": false, "description": "How the body is compressed.",
        "schema": { "type": "string", "enum": ["identity", "gzip", "zstd"] }
    });
    let finished = json_answer(
        "The run, finished; lines may have been rejected.",
        named("SyncRun"),
        &["Location", "Cache-Control", "X-Request-Id"],
    );
    let broken = refusal(
        "The request cannot be understood (`bad-request`), or the body was not received as a whole (`broken-body`): what was valid before the break stays written, and nothing is deleted for not being named.",
        &[(&BROKEN_BODY, broken())],
    );
    let stopped = refusal(
        "Another run of this chamber is under way (`sync-in-progress`), and nothing of this body was taken; or one began or ended at this moment (`conflict`): send it again. Or too much would be deleted (`deletion-guard`).",
        &[(&SYNC_IN_PROGRESS, under_way()), (&DELETION_GUARD, stopped())],
    );
    Operation::new("chambers", "start_sync_run", "Sync the members of a chamber")
        .description(description())
        .parameters([mode, dry_run, percent, encoding])
        .body_of(json!({
            "required": true,
            "description": "Members and deletions, one JSON object a line, in UTF-8.",
            "content": { NDJSON: {
                "schema": { "type": "string", "format": "binary", "description": "Lines of JSON." },
                "example": members_example()
            } }
        }))
        .schemas(add_run)
        .answer("201", finished)
        .refusals(&[404, 406, 415])
        .refusal("400", broken)
        .refusal("409", stopped)
}

pub(crate) fn list() -> Operation {
    let answer = json_answer("A page of runs.", named("SyncRunList"), &PAGE_HEADERS);
    Operation::new("chambers", "list_sync_runs", "List the runs of a chamber")
        .description("Latest first, those under way included. `rejections` is empty here: read the run, or its rejections.")
        .parameters([parameter("PageLimit"), parameter("Cursor"), parameter("WithTotal")])
        .schemas(add_runs)
        .answer("200", answer)
        .refusals(&[404, 406])
        .revalidated()
}

pub(crate) fn read() -> Operation {
    let answer = json_answer("The run.", named("SyncRun"), &["ETag", "Cache-Control", "X-Request-Id"]);
    Operation::new("chambers", "read_sync_run", "Read a run")
        .description(format!(
            "How far it is, in what was committed, or how it ended; with the first {} rejections.",
            Run::LISTED
        ))
        .answer("200", answer)
        .refusals(&[404, 406])
        .revalidated()
}

pub(crate) fn rejections() -> Operation {
    let answer = json_answer("A page of rejections.", named("SyncRejectionList"), &PAGE_HEADERS);
    Operation::new("chambers", "list_sync_rejections", "List the lines of a run that were not taken")
        .description(format!("In the order of lines. The first {} are kept; `total` counts these, and `counts.rejected` of the run is exact. Those of an erased member are gone.", Run::KEPT))
        .parameters([parameter("PageLimit"), parameter("Cursor"), parameter("WithTotal")])
        .schemas(add_rejections)
        .answer("200", answer)
        .refusals(&[404, 406])
        .revalidated()
}

/// A refusal that may say of which run it is.
fn refusal(description: &str, examples: &[(&ProblemType, Value)]) -> Value {
    let examples: serde_json::Map<String, Value> = examples
        .iter()
        .map(|(kind, example)| (kind.slug.to_owned(), json!({ "summary": kind.slug, "value": example })))
        .collect();
    let mut headers = headers_of(&["Cache-Control", "X-Request-Id"]);
    headers["Location"] = json!({
        "description": "Address of the run that it is about; missing where there is none.",
        "schema": { "type": "string", "format": "uri", "examples": [run_url()] }
    });
    json!({
        "description": description,
        "headers": headers,
        "content": { "application/problem+json": { "schema": named("SyncProblem"), "examples": examples } }
    })
}

/// A problem, and the run that it is about.
fn problem() -> Value {
    let mut problem = answers::problem();
    problem["description"] =
        json!("Why a run was not begun, or not brought to its end (RFC 9457), and the run that it is about.");
    problem["properties"]["run"] = named("SyncRun");
    problem["properties"]["run_url"] = json!({
        "type": "string", "format": "uri", "description": "Address of the other run, with `sync-in-progress`.",
        "examples": [run_url()]
    });
    problem["examples"] = json!([broken(), under_way(), stopped()]);
    problem
}

fn run_url() -> String {
    format!("{EXAMPLE_URL}/api/v1/chambers/ihk-suedlicher-oberrhein/sync-runs/{RUN_ID}")
}

fn problem_example(kind: &ProblemType, detail: &str, extension: &str, value: Value) -> Value {
    let mut example = json!({
        "type": format!("{EXAMPLE_URL}/problems/{}", kind.slug),
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": "/api/v1/chambers/ihk-suedlicher-oberrhein/sync-runs"
    });
    example[extension] = value;
    example
}

fn under_way() -> Value {
    let detail = "Another run of this chamber is under way.";
    problem_example(&SYNC_IN_PROGRESS, detail, "run_url", run_url().into())
}

/// A refused run, as it ended.
fn refused(kind: &ProblemType, run_state: &str, sweep_state: &str, reason: &str) -> Value {
    let mut run = finished();
    run["state"] = json!(run_state);
    run["counts"]["deleted"] = json!(0);
    run["sweep"] = json!({ "state": sweep_state, "reason": reason });
    let (first, rest) = reason.split_at(1);
    problem_example(kind, &format!("{}{rest}.", first.to_uppercase()), "run", run)
}

fn stopped() -> Value {
    let reason = "5210 of 41250 members would be deleted, more than 10 %: send it again with a higher max_deletion_percent if that is meant";
    refused(&DELETION_GUARD, "stopped", "stopped", reason)
}

fn broken() -> Value {
    refused(
        &BROKEN_BODY,
        "failed",
        "skipped",
        "the body was not received as a whole: the gzip stream ends too early",
    )
}

fn rejection_example() -> Value {
    json!({
        "line": 17, "external_id": "S-4712", "pointer": "/region",
        "reason": "'08311' is not a region (NUTS); see /api/v1/regions"
    })
}

fn finished() -> Value {
    json!({
        "id": RUN_ID, "state": "completed", "mode": "full", "dry_run": false,
        "max_deletion_percent": RunOptions::DEFAULT_PERCENT,
        "counts": { "received": 41250, "created": 12, "updated": 87, "unchanged": 41148, "deleted": 5, "rejected": 3 },
        "rejections": [rejection_example()],
        "sweep": { "state": "done", "reason": null },
        "started_at": "2026-05-01T00:17:03Z", "finished_at": "2026-05-01T00:17:19Z", "duration_ms": 16204
    })
}

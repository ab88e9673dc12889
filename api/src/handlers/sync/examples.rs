//! Schemas and examples of sync runs.

use crate::{
    openapi::{EXAMPLE_URL, Schemas, add_answer, answers, counted, examples, headers_of, named},
    problem::{BROKEN_BODY, DELETION_GUARD, ProblemType, SYNC_IN_PROGRESS},
};
use domain::{
    member::Member,
    sync::{Rejection, Run, RunOptions},
};
use serde_json::{Value, json};

const RUN_ID: &str = "019a2b3c-0000-7000-8000-0000000000bb";

/// Adds the schemas of a run.
pub(super) fn add_run(schemas: &mut Schemas) {
    add_answer::<Rejection>(schemas, &rejection_example());
    add_answer::<Run>(schemas, &finished());
    schemas.add("SyncProblem", problem());
}

/// Adds the schemas of lists of runs.
pub(super) fn add_runs(schemas: &mut Schemas) {
    let mut listed = finished();
    listed["rejections"] = json!([]);
    let runs = counted("SyncRun", "A page of runs, latest first, without their rejections.", &listed);
    schemas.add("SyncRunList", runs);
}

/// Adds the schemas of lists of rejections.
pub(super) fn add_rejections(schemas: &mut Schemas) {
    let rejections =
        counted("SyncRejection", "A page of rejected lines, in the order of the body.", &rejection_example());
    schemas.add("SyncRejectionList", rejections);
}

/// The body of a run: a complete member, a minimal one, and a deletion.
pub(super) fn members() -> String {
    let mut whole = examples::input::<Member>();
    whole["external_id"] = json!("S-4711");
    let few = json!({ "external_id": "S-4712", "name": "Gebrüder Böß & Söhne KG", "kind": "company", "region": "DE133" });
    let gone = json!({ "external_id": "S-4713", "deleted": true });
    format!("{whole}\n{few}\n{gone}\n")
}

/// An error response that may refer to a run.
pub(super) fn refusal(description: &str, examples: &[(&ProblemType, Value)]) -> Value {
    let examples: serde_json::Map<String, Value> = examples
        .iter()
        .map(|(kind, example)| (kind.slug.to_owned(), json!({ "summary": kind.slug, "value": example })))
        .collect();
    let mut headers = headers_of(&["Cache-Control", "X-Request-Id"]);
    headers["Location"] = json!({
        "description": "URL of the run in question, if any.",
        "schema": { "type": "string", "format": "uri", "examples": [run_url()] }
    });
    json!({
        "description": description,
        "headers": headers,
        "content": { "application/problem+json": { "schema": named("SyncProblem"), "examples": examples } }
    })
}

/// The schema of a problem with a run.
fn problem() -> Value {
    let mut problem = answers::problem();
    problem["description"] =
        json!("Problem details (RFC 9457) of a run that was not started or not completed.");
    problem["properties"]["run"] = named("SyncRun");
    problem["properties"]["run_url"] = json!({
        "type": "string", "format": "uri", "description": "URL of the run in progress. Only with `sync-in-progress`.",
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

pub(super) fn under_way() -> Value {
    let detail = "Another run of this chamber is in progress.";
    problem_example(&SYNC_IN_PROGRESS, detail, "run_url", run_url().into())
}

/// The problem of a run that was not completed.
fn refused(kind: &ProblemType, run_state: &str, sweep_state: &str, reason: &str) -> Value {
    let mut run = finished();
    run["state"] = json!(run_state);
    run["counts"]["deleted"] = json!(0);
    run["sweep"] = json!({ "state": sweep_state, "reason": reason });
    let (first, rest) = reason.split_at(1);
    problem_example(kind, &format!("{}{rest}.", first.to_uppercase()), "run", run)
}

pub(super) fn stopped() -> Value {
    let reason = "5210 of 41250 members would be deleted, more than 10 %: send it again with a higher max_deletion_percent if that is meant";
    refused(&DELETION_GUARD, "stopped", "stopped", reason)
}

pub(super) fn broken() -> Value {
    refused(
        &BROKEN_BODY,
        "failed",
        "skipped",
        "the body was not received as a whole: the gzip stream ends too early",
    )
}

pub(super) fn rejection_example() -> Value {
    json!({
        "line": 17, "external_id": "S-4712", "pointer": "/region",
        "reason": "'08311' is not a region (NUTS); see /api/v1/regions"
    })
}

pub(super) fn finished() -> Value {
    json!({
        "id": RUN_ID, "state": "completed", "mode": "full", "dry_run": false,
        "max_deletion_percent": RunOptions::DEFAULT_PERCENT,
        "counts": { "received": 41250, "created": 12, "updated": 87, "unchanged": 41148, "deleted": 5, "rejected": 3 },
        "rejections": [rejection_example()],
        "sweep": { "state": "done", "reason": null },
        "started_at": "2026-05-01T00:17:03Z", "finished_at": "2026-05-01T00:17:19Z", "duration_ms": 16204
    })
}

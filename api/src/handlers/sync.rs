//! The chambers' sync: runs, and what became of their lines.

use super::paging::{self, Cursors, Items, limit, with_total};
use crate::{
    app::App,
    auth::{ChamberReader, ChamberWriter},
    openapi::compose::{chamber::chamber, sync as describe},
    problem::{BROKEN_BODY, DELETION_GUARD, Problem, SYNC_IN_PROGRESS, UNAVAILABLE},
    request::{
        body::JSON,
        encoding::Encoding,
        incoming::{self, Transit},
        input::{Input, Validated},
        parameter::flag,
    },
    respond,
    table::{Address, Table},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, LOCATION},
    web::{Data, Payload},
};
use domain::{
    id::Id,
    sync::{Mode, Run, RunOptions, RunState},
    vocabulary::ChamberCode,
};
use persistence::sync::{Begun, SyncRun};
use tokio::sync::oneshot;

/// The name of the run that began last, in the place of its id.
pub const LATEST: &str = "latest";

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    let runs = "/api/v1/chambers/{chamber}/sync-runs";
    let of_run = || [chamber(), describe::run()];
    table.address(runs, |address| {
        address.parameters(|| [chamber()]).get(list, describe::list).post(start, describe::start)
    });
    table.address(&format!("{runs}/{{run}}"), |address| address.parameters(of_run).get(read, describe::read));
    table.address(&format!("{runs}/{{run}}/rejections"), |address| {
        address.parameters(of_run).get(rejections, describe::rejections)
    });
}

/// Takes what a run is to do out of the parameters.
fn take_run_options(input: &mut Input<'_>) -> RunOptions {
    let mode = |word: &str| Mode::parse(word).ok_or_else(|| format!("is none of {}", Mode::WORDS.join(", ")));
    let percent = |text: &str| {
        let percent = text.parse().ok().filter(|percent| *percent <= 100);
        percent.ok_or_else(|| "must be a whole number from 0 to 100".to_owned())
    };
    RunOptions {
        mode: input.one("mode", mode).unwrap_or(Mode::Delta),
        dry_run: input.one("dry_run", flag).unwrap_or(false),
        max_deletion_percent: input
            .one("max_deletion_percent", percent)
            .unwrap_or(RunOptions::DEFAULT_PERCENT),
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

/// The runs of a chamber, latest first, without their rejections.
///
/// # Errors
/// 401, 403 and 404 without the right to it.
pub async fn list(
    reader: ChamberReader,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let limit = limit(&mut input);
    let cursors = Cursors::<Id>::of(&format!("runs of {}", reader.chamber.entry().slug), &input);
    let before = cursors.take(&mut input);
    let with_total = with_total(&mut input);
    let validated = input.finish()?;
    let chamber = reader.chamber;
    let ((runs, more), total) = app
        .run(move |store| {
            let total = with_total.then(|| store.total_of_runs(chamber)).transpose()?;
            Ok((store.runs(chamber, before, limit)?, total))
        })
        .await?;
    let last = runs.last().filter(|_| more);
    let next = last.map(|last| cursors.next(&app, &request, &last.id)).transpose()?;
    paging::answer(validated, &request, &reader.caller(), &Items { items: runs, next, total })
}

/// One run of a chamber.
///
/// # Errors
/// As [`list`], and 404 for a run that there is not.
pub async fn read(
    reader: ChamberReader,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let run = find(&app, &request, reader.chamber).await?;
    respond::json(Input::of(&request).finish()?, &request, &reader.caller(), &run)
}

/// The run that the address names; what can be none is a 404.
async fn find(app: &App, request: &HttpRequest, chamber: ChamberCode) -> Result<Run, Problem> {
    let named = request.match_info().get("run").unwrap_or_default();
    let id = if named == LATEST { None } else { Some(Id::parse(named).ok_or_else(Problem::not_found)?) };
    app.run(move |store| store.run(chamber, id)?.ok_or_else(Problem::not_found)).await
}

/// The lines of a run that were not taken, in their order.
///
/// # Errors
/// As [`read`].
pub async fn rejections(
    reader: ChamberReader,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let run = find(&app, &request, reader.chamber).await?;
    let mut input = Input::of(&request);
    let limit = limit(&mut input);
    let cursors = Cursors::<u64>::of(&format!("rejections of {}", run.id), &input);
    let after = cursors.take(&mut input);
    let with_total = with_total(&mut input);
    let validated = input.finish()?;
    let ((items, more), total) = app
        .run(move |store| {
            let total = with_total.then(|| store.total_of_rejections(run.id)).transpose()?;
            Ok((store.rejections(run.id, after.unwrap_or_default(), limit)?, total))
        })
        .await?;
    let last = items.last().filter(|_| more);
    let address = app.url(&format!("{}/rejections", path(reader.chamber, run.id)));
    let next = last.map(|last| cursors.next_at(&address, &last.line)).transpose()?;
    paging::answer(validated, &request, &reader.caller(), &Items { items, next, total })
}

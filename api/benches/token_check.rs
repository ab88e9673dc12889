//! What the check of a token costs, on a new SQLite database: `cargo bench -p api --bench token_check`.

use api::auth::{Grant, Keyring, Role};
use chrono::TimeDelta;
use domain::id::Clock;
use persistence::{Target, audience::Actor, store::Store};
use std::{error::Error, time::Instant};

const TIMES: u32 = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let target = Target::parse(&format!("sqlite://{}", folder.path().join("bench.db").display()))?;
    let (clock, actor) = (Clock::of_the_system(), Actor::command("bench"));
    let store = Store::open(&target, clock.clone())?;
    let open = || Keyring::open(folder.path(), "http://bench.test".to_owned(), &store, &actor);
    let keyring = open()?;
    let grant = Grant {
        subject: "bench".to_owned(),
        role: Role::Editor,
        life: TimeDelta::hours(1),
        chamber: None,
        organisation: None,
    };
    let (token, _) = keyring.issue(&store, &clock, &actor, &grant)?;
    let measure = |name: &str, check: &dyn Fn() -> bool| {
        let began = Instant::now();
        let all_are_valid = (0..TIMES).all(|_| check());
        let micros = began.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES);
        #[expect(clippy::print_stdout, reason = "the result of the benchmark")]
        {
            println!("{name}: {micros:.1} µs (valid: {all_are_valid})");
        }
    };
    measure("known token", &|| keyring.verify(&store, &token).is_ok());
    // Each in its own keyring, so that the signature is checked. Without opening one, which reads files.
    let began = Instant::now();
    let keyrings: Vec<Keyring> = (0..200).map(|_| open()).collect::<Result<_, _>>()?;
    let opening = began.elapsed();
    let began = Instant::now();
    let valid = keyrings.iter().filter(|keyring| keyring.verify(&store, &token).is_ok()).count();
    let micros = began.elapsed().as_secs_f64() * 1e6 / 200.0;
    #[expect(clippy::print_stdout, reason = "the result of the benchmark")]
    {
        println!(
            "first use of a token: {micros:.1} µs ({valid} of 200 valid; opening them took {opening:?})"
        );
    }
    Ok(())
}

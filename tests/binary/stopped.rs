//! A run of the sync whose server is stopped.

use super::{Served, succeed};
use crate::harness::{
    CHAMBER, Database, Socket, Syncs as _, chunk, counts, member_line, ndjson, on_both, runs_of,
};
use std::time::Duration;

on_both! {
    a_run_whose_server_is_stopped_is_interrupted
}

fn a_run_whose_server_is_stopped_is_interrupted(database: Database) {
    let mut served = Served::start(&database, &[]);
    let whose = ["token", "issue", "--role", "chamber", "--chamber", CHAMBER, "--subject", "export"];
    let token = succeed(&database, &[&whose[..], &["--expires", "1h"]].concat());
    served.client(Some(token.trim())).sync("", &[member_line("A"), member_line("B")]);
    let mut socket = Socket::open(served.address);
    let head = format!(
        "POST {}?mode=full HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n",
        runs_of(CHAMBER),
        token.trim()
    );
    socket.send(head.as_bytes());
    socket.send(&chunk(ndjson(&[member_line("A"), member_line("C")]).as_bytes()));
    let latest = |served: &Served| {
        served.client(Some(token.trim())).get(&runs_of(CHAMBER)).expect(200).items()[0].clone()
    };
    while latest(&served)["mode"] != "full" {
        std::thread::sleep(Duration::from_millis(10));
    }
    served.terminate();
    std::thread::sleep(Duration::from_millis(200));
    // It would be waited for; this is sooner.
    drop(socket);
    let (status, log) = served.wait();
    assert!(status.success(), "{log}");
    let served = Served::start(&database, &[]);
    let run = latest(&served);
    assert_eq!(run["state"], "interrupted", "{run}");
    assert_eq!(run["sweep"]["state"], "skipped", "{run}");
    let again = [member_line("A"), member_line("B"), member_line("C")];
    let run = served.client(Some(token.trim())).sync("mode=full", &again);
    assert_eq!(counts(&run)[4], 0, "nothing was deleted, and the chamber can start anew at once");
}

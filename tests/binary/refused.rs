//! What clients send cannot make the log alarming.

use super::Served;
use crate::harness::{Database, Socket, on_both};
use std::time::{Duration, Instant};

on_both! {
    no_client_can_write_errors_into_the_log
}

fn no_client_can_write_errors_into_the_log(database: Database) {
    let mut served = Served::start(&database, &[]);
    let chunked = "POST /api/v1/clusters HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    let requests: [&[u8]; 9] = [
        b"GARBAGE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00\xff\n\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /api/v1 HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n",
        b"GET /api/v1 HTTP/1.1\r\nHost: x\r\n",
        b"POST /api/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        &[b"GET /api/v1 HTTP/1.1\r\nHost: x\r\nX: ", [b'x'; 200_000].as_slice(), b"\r\n\r\n"].concat(),
        chunked.as_bytes(),
    ];
    for request in requests {
        let answer = Socket::open(served.address).send(request).finish().answer();
        assert!((400..500).contains(&answer.status), "{}", answer.text);
        assert!(answer.text.contains("application/problem+json"), "{}", answer.text);
        Socket::open(served.address).send(request);
    }
    // A client that keeps its connection holds nobody up.
    let mut idle = Socket::open(served.address);
    assert_eq!(idle.send(b"GET /api/v1 HTTP/1.1\r\nHost: x\r\n\r\n").answer().status, 200);
    let terminated = Instant::now();
    served.terminate();
    let (status, log) = served.wait();
    assert!(terminated.elapsed() < Duration::from_secs(5), "{:?}", terminated.elapsed());
    drop(idle);
    assert!(status.success(), "{log}");
    assert!(!log.contains(" ERROR ") && !log.contains(" WARN "), "{log}");
    assert!(log.lines().filter(|line| line.contains("refused before it is read")).count() >= 8, "{log}");
}

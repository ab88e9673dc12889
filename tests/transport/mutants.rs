//! Requests in which chance changed some bytes: whatever they have become, nothing but this house answers.

use crate::harness::{Dice, Socket, TestApp, on_both};

on_both! {
    every_refusal_is_a_problem_whatever_was_sent
}

const REQUESTS: [&str; 4] = [
    "GET /api/v1/clusters?q=M\u{fc}ller HTTP/1.1\r\nHost: x\r\nAccept: text/html, */*;q=.1\r\n\r\n",
    "POST /api/v1/clusters HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}GET /api/v1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST /api/v1/clusters HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n3;a=b\r\nabc\r\n1\r\nd\r\n0\r\nA: b\r\n\r\n",
    "HEAD /api/v1 HTTP/1.0\r\nConnection: keep-alive, Upgrade\r\nUpgrade: h2c\r\n\r\nPUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1",
];
/// What breaks parsers.
const PIECES: [&[u8]; 20] = [
    b"\r",
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b" ",
    b"\t",
    b":",
    b";",
    b",",
    b"\"",
    b"%",
    b"\0",
    b"\x7f",
    b"\xff",
    b"0",
    b"f",
    b"chunked",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Host: y\r\n",
];

fn mutant(dice: &mut Dice) -> Vec<u8> {
    let mut bytes = dice.one_of(&REQUESTS).as_bytes().to_vec();
    for _ in 0..=dice.below(3) {
        let at = dice.below(bytes.len());
        let until = (at + dice.below(3)).min(bytes.len());
        bytes.splice(at..until, dice.one_of(&PIECES).iter().copied());
    }
    bytes
}

fn every_refusal_is_a_problem_whatever_was_sent(app: TestApp) {
    let mut dice = Dice::new(11);
    for _ in 0..600 {
        let sent = mutant(&mut dice);
        let text = Socket::open(app.address).send(&sent).finish().rest();
        for answer in text.split("HTTP/1.").skip(1) {
            // The words stand in texts, too.
            let Some(Ok(status)) = answer.get(2..5).map(str::parse::<u16>) else { continue };
            let is_ours = status == 100 || answer.contains("\r\nx-request-id: ");
            let is_told = status < 400 || answer.contains("\r\ncontent-type: application/problem+json");
            assert!(status < 500 && is_ours && is_told, "{}\n{text}", sent.escape_ascii());
        }
    }
    app.anonymous().get("/api/v1").expect(200);
}

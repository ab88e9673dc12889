"""Sends HTTP/2 that no client sends, and holds what comes back against RFC 9113."""

import collections
import socket
import ssl
import sys
import time

import h2.config
import h2.connection
import h2.events
import h2.exceptions

PORT = int(sys.argv[1])
GET = [(":method", "GET"), (":scheme", "https"), (":authority", "localhost"), (":path", "/api/v1")]


def connect():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    stream = context.wrap_socket(socket.create_connection(("127.0.0.1", PORT)))
    stream.settimeout(20)
    return stream


class Session:
    """A connection that sends what it is told."""

    def __init__(self):
        self.stream = connect()
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False)
        )
        self.h2.initiate_connection()

    def send(self, number, headers, body=None, end=True):
        self.h2.send_headers(number, headers, end_stream=end and body is None)
        if body is not None:
            self.h2.send_data(number, body, end_stream=end)

    def flush(self):
        try:
            self.stream.sendall(self.h2.data_to_send())
        except OSError:
            pass

    def outcomes(self, count):
        """The first outcomes of streams: a status, `reset CODE`, `goaway CODE` or `closed`."""
        self.flush()
        found, statuses = [], {}
        while len(found) < count:
            try:
                data = self.stream.recv(65536)
            except OSError:
                data = b""
            if not data:
                return [*found, "closed"]
            for event in self.h2.receive_data(data):
                if isinstance(event, h2.events.ResponseReceived):
                    statuses[event.stream_id] = int(dict(event.headers)[b":status"])
                elif isinstance(event, h2.events.DataReceived):
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    found.append(statuses[event.stream_id])
                elif isinstance(event, h2.events.StreamReset):
                    found.append(f"reset {int(event.error_code)}")
                elif isinstance(event, h2.events.ConnectionTerminated):
                    found.append(f"goaway {int(event.error_code)}")
            self.flush()
        return found


def with_path(path):
    return [*GET[:3], (":path", path)]


def check_heads():
    malformed = {"reset 1", "goaway 1"}
    for name, headers, expected in [
        ("nothing wrong", GET, {200}),
        ("no authority", [GET[0], GET[1], GET[3]], {200}),
        ("no path", GET[:3], malformed),
        ("an empty path", with_path(""), malformed),
        ("a space in the path", with_path("/api/v1?q=a b"), malformed),
        ("another host in the path", with_path("http://evil.example/api/v1"), {400, 404}),
        ("two paths", [*GET, (":path", "/")], malformed),
        ("a late pseudo-header", [*GET[:3], ("x", "1"), GET[3]], malformed),
        ("a connection header", [*GET, ("connection", "close")], malformed),
        ("chunks", [*GET, ("transfer-encoding", "chunked")], malformed),
        ("upper case", [*GET, ("X-Upper", "1")], malformed),
        ("a line feed", [*GET, ("x", "1\nx: 2")], malformed),
        ("a NUL", [*GET, ("x", "1\0")], malformed),
        ("two lengths", [*GET, ("content-length", "1"), ("content-length", "2")], malformed | {400}),
        ("another host", [*GET, ("host", "evil.example")], {400}),
        ("a space in the method", [(":method", "GE T"), *GET[1:]], malformed),
    ]:
        session = Session()
        session.send(1, headers)
        found = session.outcomes(1)[0]
        assert found in expected, f"{name}: {found}"


def check_lengths():
    for length, body in [("10", b"{}"), ("1", b"{}{}")]:
        session = Session()
        post = [(":method", "POST"), *GET[1:3], (":path", "/api/v1/clusters"), ("content-length", length)]
        session.send(1, post, body)
        found = session.outcomes(1)[0]
        assert found in ("reset 1", 400, 401), f"length {length}: {found}"


def check_streams():
    session = Session()
    for number in range(1, 301, 2):
        session.send(number, with_path("/api/v1/changes?since=now&wait=2"))
    found = collections.Counter(session.outcomes(150))
    assert found == {200: 100, "reset 7": 50}, found


def check_rapid_reset():
    session = Session()
    try:
        for number in range(1, 4001, 2):
            session.send(number, GET)
            session.h2.reset_stream(number)
            session.stream.sendall(session.h2.data_to_send())
        assert session.outcomes(1)[0] in ("goaway 11", "closed")
    except OSError:
        pass


def check_patience():
    started = time.monotonic()
    stream = connect()
    while stream.recv(1000):
        pass
    assert 8 < time.monotonic() - started < 15, "a connection without HTTP/2"
    started = time.monotonic()
    stream = socket.create_connection(("127.0.0.1", PORT))
    stream.settimeout(20)
    assert stream.recv(10) == b"" and 8 < time.monotonic() - started < 15, "a connection without a handshake"


for check in (check_heads, check_lengths, check_streams, check_rapid_reset, check_patience):
    check()
session = Session()
session.send(1, GET)
assert session.outcomes(1) == [200], "the server is well"

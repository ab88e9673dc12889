"""Sends requests whose end two parsers may see in different places, and says which paths the server must not have answered.

A shape hides a request for /smuggled/NAME in what one of two readings takes for a body. Whoever answers it has read the message
otherwise than the sender's proxy. The access log of the server is the judge: the caller greps it for /smuggled/.
"""

import os
import socket
import sys

HOST = "Host: localhost\r\n"
# With these, the server reads a body to its end, and keeps the connection.
READ = f"Authorization: Bearer {os.environ['TOKEN']}\r\nContent-Type: application/json\r\n"


def hidden(name):
    return f"GET /smuggled/{name} HTTP/1.1\r\n{HOST}\r\n"


def shapes():
    """Names and bytes. None of them is a valid pair of requests."""

    def post(name, headers, body):
        return name, f"POST /api/v1/clusters HTTP/1.1\r\n{HOST}{READ}{headers}\r\n{body}"

    def in_chunks(name, headers):
        # Whoever honours the length of 6 takes the rest for the next request; whoever honours the chunks, too.
        yield post(f"{name}-tail", headers.replace("LENGTH", "6"), f"0\r\n\r\nX{hidden(name + '-tail')}")
        body = hidden(f"{name}-chunk")
        yield post(f"{name}-chunk", headers.replace("LENGTH", "4"), f"{len(body):x}\r\n{body}\r\n0\r\n\r\n")

    yield from in_chunks("cl-te", "Content-Length: LENGTH\r\nTransfer-Encoding: chunked\r\n")
    yield from in_chunks("te-cl", "Transfer-Encoding: chunked\r\nContent-Length: LENGTH\r\n")
    for number, encoding in enumerate([
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: identity, chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding:\x0bchunked\r\n",
        "Transfer-Encoding: chunked\x00\r\n",
        "Transfer-Encoding:\r\n chunked\r\n",
        " Transfer-Encoding: chunked\r\n",
        "X: y\rTransfer-Encoding: chunked\r\n",
        "X: y\nTransfer-Encoding: chunked\r\n",
    ]):
        yield from in_chunks(f"te-te-{number}", f"Content-Length: LENGTH\r\n{encoding}")
    body = hidden("cl-cl")
    for number, lengths in enumerate([
        "Content-Length: 0\r\nContent-Length: {}\r\n", "Content-Length: {}\r\nContent-Length: 0\r\n", "Content-Length: 0, {}\r\n",
        "Content-Length: +{}\r\n", "Content-Length: {}.0\r\n", "Content-Length: -1\r\n", "Content-Length : {}\r\n",
        "Content-Length: \r\n {}\r\n", "Content-Length: 0x{}\r\n", "Content_Length: {}\r\nContent-Length:\r\n",
    ]):
        yield post(f"cl-cl-{number}", lengths.format(len(body)), body)
    chunked = "Transfer-Encoding: chunked\r\n"
    for number, chunk in enumerate([
        "10000000000000000\r\n", "ffffffffffffffff0\r\n", "-1\r\n", "0x0\r\n", "0 \x0b\r\n", "0\r\r\n", "0\n\r\n", "0;a\rb\r\n", "+0\r\n", "\r\n0\r\n", "1\r\nab\r\n0\r\n",
    ]):
        yield post(f"chunk-{number}", chunked, f"{chunk}\r\n{hidden(f'chunk-{number}')}")
    extension = f"1;x=\"\n{hidden('extension')}\"\r\na\r\n0\r\n\r\n"
    yield post("extension", chunked, extension)
    yield "nul", f"GET /api/v1\0 HTTP/1.1\r\n{HOST}Content-Length: {len(body)}\r\n\r\n{hidden('nul')}"
    yield "bare-cr", f"GET /api/v1 HTTP/1.1\r{HOST}\r{hidden('bare-cr')}"
    yield "version", f"GET /api/v1 HTTP/1.1 HTTP/1.1\r\n{HOST}\r\n{hidden('version')}"
    yield "tab", f"GET\t/api/v1 HTTP/1.1\r\n{HOST}\r\n{hidden('tab')}"


def answers(port, data):
    """How many answers come back."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(0.7)
        received = b""
        try:
            connection.sendall(data)
            while piece := connection.recv(65536):
                received += piece
        except OSError:
            pass
    return received.count(b"HTTP/1.1 ") + received.count(b"HTTP/1.0 ")


def main(port):
    count = 0
    for name, text in shapes():
        answers(port, text.encode("latin-1") + f"GET /api/v1 HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n".encode())
        count += 1
    # The marker works: requests that do follow each other are each answered, and so is the absolute form.
    first = f"POST /api/v1/clusters HTTP/1.1\r\n{HOST}{READ}"
    second = f"GET /api/v1 HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n"
    for body in ("Content-Length: 4\r\n\r\nabcd", "Transfer-Encoding: chunked\r\n\r\n4;x=y\r\nabcd\r\n0\r\n\r\n"):
        assert answers(port, f"{first}{body}{second}".encode()) == 2, body
    pipelined = f"GET /api/v1 HTTP/1.1\r\n{HOST}\r\nGET http://localhost/api/v1 HTTP/1.1\r\n{HOST}\r\nGET /seen HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n"
    assert answers(port, pipelined.encode()) == 3, "pipelined requests"
    print(f"{count} shapes")


main(int(sys.argv[1]))

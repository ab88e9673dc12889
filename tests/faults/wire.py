"""One request over a raw socket: sent in pieces, cut where one likes, and what was answered."""

import http.client
import json
import random
import socket
import struct
import subprocess
import zlib

PATIENCE = 300
BLOCK = 1 << 16


class Post:
    """The body of a POST on its way. `length`: that of the body, else it is chunked."""

    def __init__(self, host, path, token, encoding=None, length=None):
        address, port = host.split(":")
        self.socket = socket.create_connection((address, int(port)), timeout=PATIENCE)
        self.is_chunked = length is None
        head = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {token}",
                "Content-Type: application/x-ndjson",
                "Transfer-Encoding: chunked" if self.is_chunked else f"Content-Length: {length}"]
        head += [f"Content-Encoding: {encoding}"] if encoding else []
        self.socket.sendall("\r\n".join([*head, "", ""]).encode())

    def send(self, piece):
        """A part of the body."""
        if piece:
            self.socket.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if self.is_chunked else piece)

    def send_raw(self, octets):
        self.socket.sendall(octets)

    def send_all(self, pieces):
        """Whether the server listened to the end."""
        try:
            for piece in pieces:
                self.send(piece)
            if self.is_chunked:
                self.socket.sendall(b"0\r\n\r\n")
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def answer(self):
        """Status, and the document; `None` for a document that is none."""
        answer = http.client.HTTPResponse(self.socket, method="POST")
        try:
            answer.begin()
            content = answer.read()
        finally:
            self.socket.close()
        kind = answer.headers.get_content_type()
        is_json = kind in ("application/json", "application/problem+json")
        return answer.status, json.loads(content) if is_json else None

    def cut(self, is_abrupt):
        """Ends the connection: with a reset, or as if all was said."""
        if is_abrupt:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def blocks(body, size=BLOCK):
    return (body[at:at + size] for at in range(0, len(body), size))


def chunked(body, rng):
    """A whole chunked body as it is on the wire, in chunks of random sizes."""
    octets, at = [], 0
    while at < len(body):
        piece = body[at:at + rng.choice([1, 100, 4_000, 60_000])]
        octets.append(b"%x\r\n%s\r\n" % (len(piece), piece))
        at += len(piece)
    return b"".join([*octets, b"0\r\n\r\n"])


def gzip(body, level=6):
    packer = zlib.compressobj(level, wbits=31)
    return packer.compress(body) + packer.flush()


def zstd(body):
    """By the command where there is one, else in blocks that are stored as they are."""
    try:
        return subprocess.run(["zstd", "-q", "-c"], input=body, stdout=subprocess.PIPE, check=True).stdout
    except FileNotFoundError:
        return b"".join([zstd_header(len(body)), *stored(body)])


def zstd_header(size):
    """The head of a frame of that many bytes, with a window of 128 KiB (RFC 8878 section 3.1.1)."""
    return struct.pack("<IBBQ", 0xFD2FB528, 0xC0, 7 << 3, size)


def stored(body, size=BLOCK):
    for at in range(0, len(body) or 1, size):
        piece, is_last = body[at:at + size], at + size >= len(body)
        yield (len(piece) << 3 | is_last).to_bytes(3, "little") + piece


def packed(body, encoding):
    return {None: lambda body: body, "gzip": gzip, "zstd": zstd}[encoding](body)


def gzip_bomb(piece, times):
    """A gzip stream of `piece` again and again, in blocks. Nothing of it is stored."""
    packer = zlib.compressobj(9, wbits=-15)
    once = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    end = zlib.compressobj(9, wbits=-15).flush()
    crc = 0
    yield b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    for _ in range(times):
        crc = zlib.crc32(piece, crc)
        yield once
    yield end + struct.pack("<II", crc, len(piece) * times & 0xFFFFFFFF)


def zstd_bomb(octet, mib):
    """A frame of one byte again and again: 4 bytes stand for 128 KiB."""
    block = (((1 << 17) << 3) | 2).to_bytes(3, "little") + octet
    yield zstd_header(mib << 20)
    for _ in range(mib - 1):
        yield block * 8
    yield block * 7 + (((1 << 17) << 3) | 3).to_bytes(3, "little") + octet


def noise(rng: random.Random, size):
    return rng.randbytes(size)

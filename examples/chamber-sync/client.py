"""Single requests to the portal: a GET, and the POST that streams a body. When to try again is said in delivery.py."""

import base64
import email.utils
import http.client
import json
import select
import socket
import ssl
import time
import urllib.parse
import urllib.request
from email.message import Message
from typing import Any, Iterable, Iterator

from language import t
from spelling import ConfigurationError

TIMEOUT_SECONDS = 300
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Unreachable(Exception):
    """The connection could not be made, or it broke before there was an answer."""


class Answer:
    """What the portal, or something in front of it, has answered."""

    def __init__(self, status: int, headers: Message, body: bytes):
        self.status = status
        self.headers = headers
        try:
            document = json.loads(body)
        except ValueError:
            document = None
        self.document: dict[str, Any] = document if isinstance(document, dict) else {}
        self.text = body.decode(errors="replace")

    @property
    def problem(self) -> str:
        """The last part of a problem's type, as `deletion-guard`; empty when it is none."""
        return str(self.document.get("type", "")).rpartition("/")[2]

    @property
    def retry_after(self) -> float | None:
        """After how many seconds to come back, when that is said."""
        value = self.headers.get("Retry-After", "").strip()
        if value.isdigit():
            return float(value)
        try:
            return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
        except ValueError:
            return None

    def __str__(self) -> str:
        """What it means, for a person."""
        said = f"{self.status} {self.document.get('title') or http.client.responses.get(self.status, '')}".strip()
        details = [self.document.get("detail") or self.text[:300].strip()]
        for error in self.document.get("errors", []):
            details.append(f"{error.get('pointer') or error.get('parameter') or ''}: {error.get('detail')}")
        return "\n  ".join([said, *filter(None, details)])


class _Answered(Exception):
    """There is an answer before all of the body is sent."""


class Portal:
    """The portal, with a token or without one."""

    def __init__(self, base_url: str, token: str | None = None):
        url = urllib.parse.urlsplit(base_url)
        try:
            self._host, self._port = url.hostname or "", url.port
        except ValueError as error:
            raise ConfigurationError(f"{base_url}: {error}") from error
        if url.scheme not in ("http", "https") or not self._host or url.query or url.fragment:
            reason = t("'{url}' is no address of a portal, as https://portal.example.org is one", url=base_url)
            raise ConfigurationError(reason)
        if url.scheme == "http" and self._host not in LOOPBACK:
            raise ConfigurationError(t("{url}: the token goes through https only, or to this machine", url=base_url))
        self._is_secure = url.scheme == "https"
        self._path = url.path.rstrip("/")
        self._headers = {"Accept": "application/json", "User-Agent": "clusterportal-chamber-sync/1"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, query: str = "") -> Answer:
        """Asks for what lies at a path."""
        return self._exchange("GET", path, query, None)

    def post(self, path: str, query: str, body: Iterable[bytes]) -> Answer:
        """Sends a body, NDJSON in gzip, while it is made.

        When making it fails, the connection is cut before the body's end: the portal takes it for broken.
        """
        return self._exchange("POST", path, query, body)

    def _exchange(self, method: str, path: str, query: str, body: Iterable[bytes] | None) -> Answer:
        connection = self._connection()
        address = f"{self._path}{path}?{query}" if query else f"{self._path}{path}"
        try:
            try:
                if body is None:
                    connection.request(method, address, headers=self._headers)
                else:
                    self._send(connection, address, body)
            except (_Answered, OSError):
                if not self._is_open(connection):
                    raise
                # It hangs up, or no longer listens: perhaps it has said why.
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        except ssl.SSLCertVerificationError as error:
            reason = t("the certificate of the portal: {reason}", reason=error.verify_message)
            raise ConfigurationError(reason) from error
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(str(error) or type(error).__name__) from error
        finally:
            connection.close()

    def _send(self, connection: http.client.HTTPConnection, address: str, body: Iterable[bytes]) -> None:
        headers = {
            **self._headers,
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "gzip",
            "Transfer-Encoding": "chunked",
        }
        connection.request("POST", address, _until_answered(connection, body), headers, encode_chunked=True)

    def _is_open(self, connection: http.client.HTTPConnection) -> bool:
        """Whether the portal was reached, so that it may have answered."""
        return isinstance(connection.sock, ssl.SSLSocket if self._is_secure else socket.socket)

    def _connection(self) -> http.client.HTTPConnection:
        if not self._is_secure:
            return http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)
        context = ssl.create_default_context()
        proxy = urllib.request.getproxies().get("https")
        if not proxy or urllib.request.proxy_bypass(self._host):
            return http.client.HTTPSConnection(self._host, self._port, timeout=TIMEOUT_SECONDS, context=context)
        via = urllib.parse.urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        connection = http.client.HTTPSConnection(via.hostname or "", via.port, timeout=TIMEOUT_SECONDS, context=context)
        connection.set_tunnel(self._host, self._port, _proxy_authorization(via))
        return connection


def _until_answered(connection: http.client.HTTPConnection, body: Iterable[bytes]) -> Iterator[bytes]:
    """The body, as long as there is no answer. (A TLS connection is readable without one: there it is not looked.)"""
    for chunk in body:
        if not isinstance(connection.sock, ssl.SSLSocket) and select.select([connection.sock], [], [], 0)[0]:
            raise _Answered
        yield chunk


def _proxy_authorization(proxy: urllib.parse.SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    account = f"{urllib.parse.unquote(proxy.username)}:{urllib.parse.unquote(proxy.password or '')}"
    return {"Proxy-Authorization": "Basic " + base64.b64encode(account.encode()).decode()}

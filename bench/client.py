"""A small HTTP client over raw sockets, the same for the application and for the floors: it costs both the same.

It reads answers that carry their length, keeps connections open, and can drive several at once from one thread.
"""

from __future__ import annotations

import html
import re
import selectors
import socket
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_COOKIE = re.compile(r"\r\nset-cookie: *([^=]+)=([^;\r]*)", re.IGNORECASE)
_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """A status, the raw head and the body."""

    status: int
    head: str
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


@dataclass
class Connection:
    """One kept-open connection; opened again when the server has closed it."""

    port: int
    _socket: socket.socket | None = None
    _received: bytearray = field(default_factory=bytearray)

    def ask(self, raw: bytes) -> Answer:
        for attempt in (1, 2):
            try:
                self.send(raw)
                while True:
                    answer = self.receive()
                    if answer is not None:
                        return answer
            except (ConnectionError, BrokenPipeError):
                self.close()
                if attempt == 2:
                    raise
        raise AssertionError

    def open(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def send(self, raw: bytes) -> None:
        self.open().sendall(raw)

    def receive(self) -> Answer | None:
        """Take what has come; the answer when it is whole."""
        piece = self.open().recv(262_144)
        if not piece:
            raise ConnectionResetError("closed by the server")
        self._received += piece
        head, separator, body = bytes(self._received).partition(b"\r\n\r\n")
        found = _LENGTH.search(head) if separator else None
        status = int(head[9:12]) if separator else 0
        length = int(found.group(1)) if found else 0
        if not separator or len(body) < length:
            return None
        self._received.clear()
        return Answer(status, head.decode("latin-1"), body)

    def close(self) -> None:
        if self._socket:
            self._socket.close()
        self._socket = None
        self._received.clear()


class Browser:
    """One signed-in reader: cookies, the form token, and requests made ready to send."""

    def __init__(self, port: int) -> None:
        self.connection = Connection(port)
        self.cookies: dict[str, str] = {}
        self.token = ""

    def raw(self, path: str, form: dict[str, str] | None = None, **headers: str) -> bytes:
        """The bytes of a request."""
        body = urlencode({"csrf_token": self.token, **form}).encode() if form is not None else b""
        lines = [f"{'GET' if form is None else 'POST'} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: keep-alive",
                 "Accept: */*", "Accept-Language: sv"]  # fmt: skip
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if form is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    def get(self, path: str, expect: int = 200, **headers: str) -> Answer:
        return self._noted(self.connection.ask(self.raw(path, **headers)), path, expect)

    def post(self, path: str, form: dict[str, str], expect: int, **headers: str) -> Answer:
        return self._noted(self.connection.ask(self.raw(path, form, **headers)), path, expect)

    def sign_in(self, email: str, password: str) -> None:
        self.get("/login")
        self.post("/login", {"email": email, "password": password}, expect=303)
        self.get("/infosoc/companies")

    def _noted(self, answer: Answer, path: str, expect: int) -> Answer:
        if answer.status != expect:
            raise RuntimeError(f"{path} answered {answer.status}, not {expect}:\n{answer.text[:2000]}")
        self.cookies.update(_COOKIE.findall(answer.head))
        self.token = find_token(answer.text) or self.token
        return answer


def find_token(page: str) -> str:
    """The form token that a page carries; nothing when it carries none."""
    found = _TOKEN.search(page)
    return html.unescape(found.group(1)) if found else ""


@dataclass(frozen=True)
class Load:
    """What a burst came to: requests a second, and how long each took."""

    per_second: float
    taken: list[float]


def burst(port: int, raw: bytes, *, clients: int, requests: int, seconds: float) -> Load:
    """So many clients asking at once, each again as soon as it is answered; bounded in number and time."""
    connections = [Connection(port) for _ in range(clients)]
    asked: dict[int, float] = {}
    taken: list[float] = []
    with selectors.DefaultSelector() as ready:
        for one in connections:
            ready.register(one.open(), selectors.EVENT_READ, one)
        started = time.perf_counter()
        sent = _send_all(connections, raw, asked)
        while len(taken) < sent:
            for key, _ in ready.select(timeout=60):
                one = key.data
                answer = one.receive()
                if answer is None:
                    continue
                if answer.status != 200:
                    raise RuntimeError(f"answered {answer.status} under load")
                now = time.perf_counter()
                taken.append(now - asked[id(one)])
                if sent < requests and now - started < seconds:
                    asked[id(one)] = now
                    one.send(raw)
                    sent += 1
        ended = time.perf_counter()
    for one in connections:
        one.close()
    return Load(len(taken) / (ended - started), taken)


def _send_all(connections: list[Connection], raw: bytes, asked: dict[int, float]) -> int:
    for one in connections:
        asked[id(one)] = time.perf_counter()
        one.send(raw)
    return len(connections)

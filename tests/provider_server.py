"""A provider of company data on a real HTTP server that says what a test wants."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from etl.providers import HttpProvider

ACME = {"industry": "Retail", "revenue": 1_500_000, "headcount": 12}
TOLD = "industry, revenue and headcount are NULL for them; they are tried again in the next run"


Answer = tuple[int, dict[str, str], bytes]


def says(status: int, body: object = None, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, content


@dataclass
class Server:
    """A real HTTP server on a free port; ``answer`` is what it says to a domain."""

    url: str = ""
    answer: Callable[[str], Answer] = lambda domain: says(200, ACME)
    asked: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)


class Waits(list[float]):
    """Stands in for time.sleep, and remembers."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def http(server: Server, **options: object) -> HttpProvider:
    return HttpProvider(server.url, **({"sleep": Waits()} | options))  # type: ignore[arg-type]


def in_turn(*answers: Answer) -> Callable[[str], Answer]:
    remaining = list(answers)
    return lambda domain: remaining.pop(0) if len(remaining) > 1 else remaining[0]


@contextmanager
def serving() -> Iterator[Server]:
    """The server while it runs."""
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet

        def do_GET(self) -> None:
            domain = parse_qs(urlsplit(self.path).query).get("domain", [""])[0]
            state.asked.append(domain)
            state.paths.append(self.path)
            state.authorizations.append(self.headers["authorization"])
            status, headers, body = state.answer(domain)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            try:
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()
            except OSError:
                self.close_connection = True  # the client has given up, as it should

        def log_message(self, *_: object) -> None: ...

    class Listener(ThreadingHTTPServer):
        request_queue_size = 64  # with the usual 5, a burst of connections waits for a second

        def handle_error(self, *_: object) -> None: ...  # a client that has given up

    httpd = Listener(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{httpd.server_port}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    state.released.set()
    httpd.shutdown()
    thread.join()
    httpd.server_close()

"""Servers of this machine that take alerts: up, slow, broken, or sending elsewhere."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWERS = {
    "slack": (200, b"ok"),
    "teams": (202, b""),
    "pagerduty": (202, b'{"status": "success", "message": "Event processed"}'),
    "webhook": (204, b""),
}


@dataclass
class Hook:
    """A server and what came to it; `modes` are how it answers, one a request, the last stays.

    up, down (it answers 500), slow, drip (a byte now and then), garbage (no HTTP), hangs up,
    moved (a redirect), gone (404), busy (429), odd (200 with a page).
    """

    type: str = "slack"
    modes: list[str] = field(default_factory=lambda: ["up"])
    came: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    port: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Its address, which holds a secret as real ones do."""
        return f"http://127.0.0.1:{self.port}/services/s3cr3t"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What was posted."""
        return [body for _, body in self.came]

    def next_mode(self) -> str:
        """How to answer this time."""
        return self.modes.pop(0) if len(self.modes) > 1 else self.modes[0]


@contextmanager
def hook(type_: str = "slack", *modes: str) -> Iterator[Hook]:
    """A server that takes messages."""
    made = Hook(type_, list(modes) or ["up"])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = json.loads(self.rfile.read(length))
            made.came.append(({k.lower(): v for k, v in self.headers.items()}, body))
            _answer(self, made)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        made.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(to: BaseHTTPRequestHandler, made: Hook) -> None:
    mode = made.next_mode()
    code, body = ANSWERS[made.type]
    if mode == "slow":
        made.over.wait(5)
        return
    if mode == "garbage":
        to.wfile.write(b"\x00\x01 no HTTP at all s3cr3t\r\n\r\n")
        to.close_connection = True
        return
    if mode == "hangs up":
        to.close_connection = True
        return
    code = {"down": 500, "moved": 302, "gone": 404, "busy": 429, "odd": 200}.get(mode, code)
    if mode != "up":
        body = b"<html>s3cr3t</html>"
    to.send_response(code)
    if mode == "moved":
        to.send_header("location", "/elsewhere/s3cr3t")
    if mode == "busy":
        to.send_header("retry-after", "0")
    to.send_header("content-length", str(len(body) + 1000 * (mode == "drip")))
    to.end_headers()
    if mode == "drip":
        while not made.over.is_set():
            try:
                to.wfile.write(b".")
                to.wfile.flush()
            except OSError:
                return
            time.sleep(0.05)
    to.wfile.write(body)

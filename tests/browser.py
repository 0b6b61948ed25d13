"""Pages as a reader meets them: parsed without scripts, or shown by a real browser offline."""

import base64
import fcntl
import functools
import http.server
import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import IO, Any

CHROMIUM = Path("/usr/bin/chromium")
VOID = {"meta", "link", "br", "hr", "img", "input", "path", "use"}


@dataclass
class Node:
    """An element: its tag, attributes, children and the text in all of them."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        parts = [c if isinstance(c, str) else c.text for c in self.children]
        return " ".join("".join(parts).split())

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def all(self, tag: str, **attributes: str) -> list["Node"]:
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [
            node
            for node in self.walk()
            if node.tag == tag
            and all(value in node.attributes.get(n, "").split() for n, value in wanted.items())
        ]

    def one(self, tag: str, **attributes: str) -> "Node":
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} x {tag} {attributes}"
        return found[0]

    def under(self, heading: str) -> "Node":
        """The section whose heading begins with these words."""
        for section in self.all("section"):
            for title in (*section.all("h1"), *section.all("h2")):
                if title.text.startswith(heading):
                    return section
        raise AssertionError(f"no section {heading!r}")


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("document")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(html: str) -> Node:
    """The page as a tree; an element closed in the wrong order is an error."""
    tree = _Tree()
    tree.feed(html)
    tree.close()
    assert len(tree.open) == 1, f"<{tree.open[-1].tag}> is not closed"
    return tree.open[0]


# every name but this machine's is cut off, and the browser asks for nothing by itself
OFFLINE = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-sync", "--disable-component-update"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def dump_dom(url: str, *flags: str) -> str:
    """What Chromium makes of the page, with every network name but this machine cut off."""
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [str(CHROMIUM), *OFFLINE, f"--user-data-dir={profile}", *flags, "--dump-dom", url],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    return done.stdout


class Browser:
    """One page of a running Chromium: what it asks for is refused but for files and this machine.

    It is driven by the DevTools protocol over a pipe, so that clicks and keys are real ones.
    """

    def __init__(self, say: IO[bytes], heard: IO[bytes]) -> None:
        self._say, self._heard = say, heard
        self._asked = 0
        self._session: str | None = None
        self.asked: list[str] = []
        target = self.do("Target.createTarget", url="about:blank")["targetId"]
        attached = self.do("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network"):
            self.do(f"{domain}.enable")
        self.do("Network.emulateNetworkConditions", offline=True, latency=0,
                downloadThroughput=-1, uploadThroughput=-1)  # fmt: skip

    def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The answer to a command of the protocol; an error is raised."""
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._say.write(json.dumps(message).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") == self._asked:
                assert "error" not in told, told
                result: dict[str, Any] = told["result"]
                return result

    def show(
        self, url: str, *, width: int = 1280, height: int = 900, scheme: str = "light"
    ) -> None:
        """Open a page in a window of this size and colour scheme, and wait until it is there."""
        self.do("Emulation.setDeviceMetricsOverride", width=width, height=height,
                deviceScaleFactor=1, mobile=False)  # fmt: skip
        self.media(scheme)
        self.do("Page.navigate", url=url)
        self._wait()

    def media(self, scheme: str = "", medium: str = "") -> None:
        """Show the page in that colour scheme, on screen or as `print`."""
        features = [{"name": "prefers-color-scheme", "value": scheme or "light"}]
        self.do("Emulation.setEmulatedMedia", media=medium, features=features)

    def ask(self, script: str) -> Any:
        """What the expression gives in the page; pages need no scripts of their own for it."""
        return self.do("Runtime.evaluate", expression=script, returnByValue=True)["result"].get(
            "value"
        )

    def wait_for(self, script: str, seconds: float = 10) -> bool:
        """Whether the expression comes true in that time."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.ask(script):
                return True
            time.sleep(0.05)
        return False

    def click(self, selector: str, text: str = "") -> None:
        """Press the mouse on the first such element with this text, which must be in sight."""
        place = self.ask(
            f"(() => {{ const node = [...document.querySelectorAll({selector!r})]"
            f".find(one => one.textContent.includes({text!r})); if (!node) return null;"
            "node.scrollIntoView({block: 'center', behavior: 'instant'});"
            "const box = node.getClientRects()[0]; if (!box) return null;"
            "const x = box.x + box.width / 2, y = box.y + box.height / 2;"
            "const top = document.elementFromPoint(x, y);"
            "return node.contains(top) || top.contains(node) ? [x, y] : null; })()"
        )
        assert place, f"nobody can click {selector!r} {text!r}"
        for kind in ("mousePressed", "mouseReleased"):
            self.do("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1],
                    button="left", clickCount=1)  # fmt: skip
        self._wait()

    def press(self, key: str) -> None:
        """Press a key such as Tab or Enter."""
        code = {"Tab": 9, "Enter": 13}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.do("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                    windowsVirtualKeyCode=code, **(text if kind == "keyDown" else {}))  # fmt: skip
        self._wait()

    def picture(self) -> bytes:
        """What is in sight, as PNG."""
        return base64.b64decode(self.do("Page.captureScreenshot", format="png")["data"])

    def close(self) -> None:
        """End the browser."""
        self._session = None
        self.do("Browser.close")

    def _wait(self) -> None:
        """Until the page is laid out: two frames after it is complete."""
        ready = (
            "new Promise(done => { const look = () => document.readyState === 'complete' ? "
            "requestAnimationFrame(() => requestAnimationFrame(() => done(1))) : "
            "setTimeout(look, 5); look(); })"
        )
        for _ in range(50):
            try:
                self.do("Runtime.evaluate", expression=ready, awaitPromise=True)
            except AssertionError:  # the page it was asked of is gone: another one came
                continue
            return
        raise AssertionError("no page came")

    def _next(self) -> dict[str, Any]:
        told = bytearray()
        while (byte := self._heard.read(1)) != b"\0":
            assert byte, "the browser is gone"
            told += byte
        message: dict[str, Any] = json.loads(told)
        if message.get("method") == "Network.requestWillBeSent":
            self.asked.append(message["params"]["request"]["url"])
        return message


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser without a network, and its end."""
    ours_in, its_out = _pipe()
    its_in, ours_out = _pipe()
    with tempfile.TemporaryDirectory() as profile:
        # the protocol is spoken on the file descriptors 3 and 4
        process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{its_in} 4>&{its_out}', "bash", str(CHROMIUM), *OFFLINE,
             f"--user-data-dir={profile}", "--remote-debugging-pipe"],
            pass_fds=(its_in, its_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(its_in)
        os.close(its_out)
        try:
            with os.fdopen(ours_in, "rb") as heard, os.fdopen(ours_out, "wb", 0) as say:
                browser = Browser(say, heard)
                yield browser
                browser.close()
            process.wait(30)
        finally:
            process.kill()
            process.wait()


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """The folder over HTTP on this machine: its address, and every path that was asked for."""
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            asked.append(self.path)

    handler = functools.partial(Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _pipe() -> tuple[int, int]:
    """A pipe whose ends are not among the first file descriptors, which have a meaning here."""
    ends = os.pipe()
    reads, writes = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return reads, writes

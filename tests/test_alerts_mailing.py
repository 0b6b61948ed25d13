"""E-mail to a real server of this machine: encrypted, logged in, refused, slow, silent."""

import asyncio
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from checkpoints.alerts import mailing
from checkpoints.alerts.config import Channel
from checkpoints.alerts.deliver import send, written
from checkpoints.alerts.deliveries import Result
from tests.alerting import failed, first_message, layer, outcome

pytestmark = pytest.mark.once

MESSAGE = first_message(outcome(layer("raw", claims_raw=failed(3))))


class Box:
    """What came, and how the server answers: `data` and `rcpt` are codes with texts."""

    def __init__(self) -> None:
        self.came: list[bytes] = []
        self.users: list[tuple[bytes, bytes]] = []
        self.encrypted: list[bool] = []
        self.data: list[str] = ["250 taken"]
        self.refused: tuple[str, ...] = ()
        self.sleep = 0.0

    async def handle_RCPT(  # noqa: N802  the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        if address in self.refused:
            return "550 s3cr3t is nobody"
        envelope.rcpt_tos.append(address)
        return "250 yes"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.came.append(envelope.content)
        self.encrypted.append(session.ssl is not None)
        await asyncio.sleep(self.sleep)
        return self.data.pop(0) if len(self.data) > 1 else self.data[0]

    def log_in(self, server: SMTP, session: Session, envelope: Envelope, *told: Any) -> AuthResult:
        data = told[-1]
        self.users.append((data.login, data.password))
        return AuthResult(success=data.password == b"s3cr3t", handled=False)


@contextmanager
def served(box: Box, certificate: ssl.SSLContext | None = None, **more: Any) -> Iterator[int]:
    """A mail server; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    auth: dict[str, Any] = {}
    if more.pop("auth", False):
        auth = {"authenticator": box.log_in, "auth_require_tls": False}
    controller = Controller(
        box, hostname="127.0.0.1", port=port, tls_context=certificate, **auth, **more
    )
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def sent(port: int, seconds: float = 3, **more: Any) -> Result:
    settings = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "user": None,
        "password": None,
        "from": "benefits@example.com",
        "to": ("ann@example.com", "bob@example.com"),
        **more,
    }
    to = Channel("mail", "email", settings)
    return send(to, written(to, MESSAGE), "abc-1", seconds)


def test_a_mail_says_it_as_text_and_as_a_page_in_one_conversation_per_incident() -> None:
    box = Box()
    with served(box) as port:
        assert sent(port) == Result(sent=True)

    [content] = box.came
    mail = message_from_bytes(content, policy=default)
    assert mail["subject"] == "Blocked: claims_raw (batch 2, day_2)"
    assert (mail["to"], mail["from"]) == (
        "ann@example.com, bob@example.com",
        "benefits@example.com",
    )
    assert (mail["message-id"], mail["references"]) == ("<abc-1@example.com>", "<abc@example.com>")
    text, page = mail.iter_parts()
    assert "at least 3 at fault" in text.get_content()
    assert "<h1" in page.get_content()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that nobody but itself vouches for, with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    key, made = folder / "key.pem", folder / "made.pem"
    options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    named = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        ["openssl", "req", "-x509", *options, *named, "-keyout", key, "-out", made],
        check=True,
        capture_output=True,
    )
    both = folder / "both.pem"
    both.write_text(made.read_text() + key.read_text())
    return both


@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_user_and_password_go_over_an_encrypted_connection(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(mailing, "certificates", lambda: trusting)
    box = Box()
    more: dict[str, Any] = {"ssl_context": ours} if security == "ssl" else {}

    with served(box, ours if security == "starttls" else None, auth=True, **more) as port:
        result = sent(port, security=security, user="ann", password="s3cr3t")

    assert result == Result(sent=True)
    assert box.users == [(b"ann", b"s3cr3t")]
    if security == "starttls":
        assert box.encrypted == [True]


def test_a_certificate_that_nobody_vouches_for_gets_no_password(certificate: Path) -> None:
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(certificate)
    box = Box()

    with served(box, ours, auth=True) as port:
        result = sent(port, security="starttls", user="ann", password="s3cr3t")

    assert result == Result(sent=False, error="the server's certificate is not trusted")
    assert box.users == []


def test_a_server_that_cannot_encrypt_gets_neither_password_nor_mail() -> None:
    box = Box()
    with served(box, auth=True) as port:
        result = sent(port, security="starttls", user="ann", password="s3cr3t")

    assert "nothing was sent in clear" in str(result.error)
    assert (box.users, box.came) == ([], [])


@pytest.mark.parametrize(
    ("data", "told", "times"),
    [
        (["451 s3cr3t later", "250 taken"], None, 2),
        (["554 s3cr3t never"], "the server refuses the message (code 554)", 1),
    ],
)
def test_what_is_refused_for_now_is_tried_again_and_for_good_is_told(
    data: list[str], told: str | None, times: int
) -> None:
    box = Box()
    box.data = data
    with served(box) as port:
        result = sent(port)

    assert (result.error, result.unsure) == (told, False)
    assert len(box.came) == times


def test_a_wrong_password_is_told_by_its_code_alone() -> None:
    with served(Box(), auth=True) as port:
        result = sent(port, user="ann", password="other")

    assert result == Result(sent=False, error="the server refuses user and password (code 535)")


def test_an_address_that_is_refused_does_not_keep_the_others_from_the_mail() -> None:
    box = Box()
    box.refused = ("ann@example.com",)
    with served(box) as port:
        some = sent(port)
        box.refused = ("ann@example.com", "bob@example.com")
        none = sent(port)

    assert some == Result(sent=True, error="the server takes no mail for 1 of 2 addresses")
    assert none == Result(sent=False, error="the server takes mail for none of the addresses")


def test_a_server_that_does_not_say_whether_it_took_the_mail_may_have_taken_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailing, "WAIT", 0.3)
    box = Box()
    box.sleep = 1.0
    with served(box) as port:
        result = sent(port)

    assert result == Result(sent=False, error="no answer in time", unsure=True)


@pytest.mark.parametrize(
    ("greeting", "told"),
    [
        (None, "no answer in time"),
        (b"HTTP/1.1 400 s3cr3t\r\n\r\n", "no connection, or none that speaks SMTP"),
    ],
)
def test_what_is_no_mail_server_is_told_in_time(
    monkeypatch: pytest.MonkeyPatch, greeting: bytes | None, told: str
) -> None:
    monkeypatch.setattr(mailing, "WAIT", 0.3)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(greeting) if greeting else over.wait(1)

        threading.Thread(target=serve, daemon=True).start()
        began = time.monotonic()
        result = sent(server.getsockname()[1], seconds=1)
        over.set()

    assert (result.error, result.unsure) == (told, False)
    assert time.monotonic() - began < 2.5


def test_nobody_at_the_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert sent(port, seconds=0.5).error == "no connection, or none that speaks SMTP"

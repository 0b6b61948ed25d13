"""Sends a message as an e-mail: encrypted unless that is said otherwise, or says why not."""

import smtplib
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from typing import Any

import tenacity

from checkpoints.alerts.config import Channel
from checkpoints.alerts.deliveries import Result

WAIT = 5.0
ATTEMPTS = 3
NO_SERVER = "no connection, or none that speaks SMTP"
BROKE = "the connection broke"
# this machine's name is nobody's business, and to find it out may take long
HELLO = "[127.0.0.1]"


@dataclass(frozen=True)
class _Attempt:
    """How one attempt went; `again` says that another may do better."""

    result: Result
    again: bool = False


def mail(channel: Channel, content: Mapping[str, Any], key: str, seconds: float) -> Result:
    """Send an e-mail within about so many seconds, all attempts together; never raises.

    What is told of a failure are words of our own and the server's code: what a server says may
    repeat what was sent to it.
    """
    deadline = time.monotonic() + seconds
    message = letter(channel.settings, content, key)
    retrying = tenacity.Retrying(
        stop=tenacity.stop_any(
            tenacity.stop_before_delay(seconds), tenacity.stop_after_attempt(ATTEMPTS)
        ),
        retry=tenacity.retry_if_result(lambda attempt: attempt.again),
        wait=tenacity.wait_exponential(multiplier=0.25, max=2),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )
    attempt: _Attempt = retrying(_attempt, channel.settings, message, deadline)
    return attempt.result


def _attempt(settings: Mapping[str, Any], message: EmailMessage, deadline: float) -> _Attempt:
    begun = False
    try:
        with _connected(settings, deadline) as server:
            server.ehlo_or_helo_if_needed()
            _require(server.mail(settings["from"]), "the sender")
            refused = [to for to in settings["to"] if server.rcpt(to)[0] not in (250, 251)]
            if len(refused) == len(settings["to"]):
                return _failed("the server takes mail for none of the addresses")
            begun = True
            code, _ = server.data(message.as_bytes())
            begun = False
            _require((code, b""), "the message")
    except smtplib.SMTPAuthenticationError as error:
        return _failed(f"the server refuses user and password (code {error.smtp_code})")
    except smtplib.SMTPConnectError:
        return _failed(NO_SERVER, again=True)
    except smtplib.SMTPResponseException as error:
        told = f"the server refuses {_what(error)} (code {error.smtp_code})"
        return _failed(told, again=400 <= error.smtp_code < 500)
    except smtplib.SMTPNotSupportedError:
        return _failed("the server offers no STARTTLS or no log-in; nothing was sent in clear")
    except ssl.SSLCertVerificationError:
        return _failed("the server's certificate is not trusted")
    except (OSError, smtplib.SMTPException) as error:
        # smtplib makes of a time-out a connection that was closed
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            return _failed("no answer in time", unsure=begun)
        return _failed(BROKE if begun else NO_SERVER, unsure=begun, again=not begun)
    except Exception as error:
        return _failed(f"unexpected {type(error).__name__}", unsure=begun)
    told = f"the server takes no mail for {len(refused)} of {len(settings['to'])} addresses"
    return _Attempt(Result(sent=True, error=told if refused else None))


def _failed(told: str, *, unsure: bool = False, again: bool = False) -> _Attempt:
    return _Attempt(Result(sent=False, error=told, unsure=unsure), again)


def letter(settings: Mapping[str, Any], content: Mapping[str, Any], key: str) -> EmailMessage:
    """The e-mail, as text and as a page; those of one incident are shown as one conversation."""
    message = EmailMessage(policy=SMTP)
    domain = settings["from"].partition("@")[2]
    message["Subject"] = content["subject"]
    message["From"] = settings["from"]
    message["To"] = ", ".join(settings["to"])
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = f"<{key}@{domain}>"
    message["References"] = f"<{key.rpartition('-')[0]}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(content["text"])
    message.add_alternative(content["html"], subtype="html")
    return message


def certificates() -> ssl.SSLContext:
    """The authorities that are trusted."""
    return ssl.create_default_context()


@contextmanager
def _connected(settings: Mapping[str, Any], deadline: float) -> Iterator[smtplib.SMTP]:
    """A connection that is encrypted and logged in as it is to be; closed however it ends."""
    host, port, security = settings["host"], settings["port"], settings["security"]
    wait = max(0.1, min(WAIT, deadline - time.monotonic()))
    server: smtplib.SMTP
    if security == "ssl":
        context = certificates()
        server = smtplib.SMTP_SSL(host, port, HELLO, timeout=wait, context=context)
    else:
        server = smtplib.SMTP(host, port, HELLO, timeout=wait)
    try:
        if security == "starttls":
            server.starttls(context=certificates())
        if settings["password"]:
            server.login(settings["user"], settings["password"])
        yield server
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
    finally:
        server.close()


def _require(reply: tuple[int, bytes], what: str) -> None:
    if reply[0] != 250:
        raise smtplib.SMTPResponseException(reply[0], what)


def _what(error: smtplib.SMTPResponseException) -> str:
    """What was refused: our own word where we asked, never the server's."""
    ours = ("the sender", "the message")
    return str(error.smtp_error) if error.smtp_error in ours else "to go on"

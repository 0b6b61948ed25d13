"""The words of alerts.yml: what each type of channel can say, and what a value must look like."""

import datetime as dt
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from checkpoints.alerts.config import DAYS, MINUTES_OF_DAY, Quiet

PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"
PORTS = {"starttls": 587, "ssl": 465, "none": 25}
QUIET_WORDS = ("hours", "days", "time_zone", "critical")
ROUTE_WORDS = ("to", "owner", "layer", "table", "tag", "severity")
CHANNEL_WORDS = ("type", "limit", "quiet")
HOURS = re.compile(r"([0-2]\d):([0-5]\d)-([0-2]\d):([0-5]\d)")
ADDRESS = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+")


@dataclass(frozen=True)
class Word:
    """One setting of a channel: `read` gives its value, or ValueError with what is wrong with it.

    A secret may stand in the environment alone; one without a default must be said.
    """

    read: Callable[[Any], Any]
    secret: bool = False
    default: Any = ...


def one_line(value: Any) -> str:
    """A text of one line."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("must be a text of one line")
    return value.strip()


def secure_url(value: Any) -> str:
    """An https address; http only to this machine."""
    return _url(value, everywhere=False)


def any_url(value: Any) -> str:
    """An http or https address."""
    return _url(value, everywhere=True)


def plain_url(value: Any) -> str:
    """An https address that holds no password or key."""
    url = urlsplit(secure_url(value))
    if url.username or url.password or url.query:
        raise ValueError("must be an address without a user, a password or a key in it")
    return str(value).strip()


def port(value: Any) -> int:
    """The number of a port."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 65536:
        raise ValueError("must be the number of a port, as 587")
    return int(value)


def security(value: Any) -> str:
    """How a connection to a mail server is kept private."""
    if value not in PORTS:
        raise ValueError("must be starttls, ssl or none")
    return str(value)


def address(value: Any) -> str:
    """An e-mail address."""
    if not isinstance(value, str) or not ADDRESS.fullmatch(value.strip()):
        raise ValueError("must be an e-mail address")
    return value.strip()


def addresses(value: Any) -> tuple[str, ...]:
    """E-mail addresses, as a list or parted by commas."""
    listed = value.split(",") if isinstance(value, str) else value
    if not isinstance(listed, list) or not listed:
        raise ValueError("must be e-mail addresses, as [ann@example.com, bob@example.com]")
    return tuple(map(address, listed))


TYPES: dict[str, dict[str, Word]] = {
    "slack": {"url": Word(secure_url, secret=True)},
    "teams": {"url": Word(secure_url, secret=True)},
    "pagerduty": {
        "routing_key": Word(one_line, secret=True),
        "url": Word(plain_url, default=PAGERDUTY),
    },
    "webhook": {
        "url": Word(any_url, secret=True),
        "secret": Word(one_line, secret=True, default=None),
    },
    "email": {
        "host": Word(one_line),
        "port": Word(port, default=None),
        "security": Word(security, default="starttls"),
        "user": Word(one_line, default=None),
        "password": Word(one_line, secret=True, default=None),
        "from": Word(address),
        "to": Word(addresses),
    },
}


def quiet_of(said: Mapping[str, Any]) -> Quiet:
    """Quiet hours as they are said; ValueError with what is wrong."""
    hours = HOURS.fullmatch(str(said.get("hours", "")))
    if not hours:
        raise ValueError("hours must be said as 22:00-07:00")
    start, end = (int(hours[n]) * 60 + int(hours[n + 1]) for n in (1, 3))
    if start >= MINUTES_OF_DAY or end > MINUTES_OF_DAY or start == end:
        raise ValueError("hours must be two times of a day, as 22:00-07:00 or 00:00-24:00")
    days = said.get("days", list(DAYS))
    if not isinstance(days, list) or not days or not set(map(str, days)) <= set(DAYS):
        raise ValueError(f"days must be some of [{', '.join(DAYS)}]")
    critical = said.get("critical", "through")
    if critical not in ("through", "wait"):
        raise ValueError("critical must be through or wait")
    numbers = frozenset(map(DAYS.index, map(str, days)))
    return Quiet(start, end, numbers, _zone(said.get("time_zone", "UTC")), critical == "wait")


def is_this_machine(host: str) -> bool:
    """Whether a host is the machine that asks."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _zone(name: Any) -> ZoneInfo | dt.timezone:
    if name == "UTC":
        return dt.UTC
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        raise ValueError("time_zone must be one that is known here, as Europe/Berlin") from None


def _url(value: Any, *, everywhere: bool) -> str:
    text = one_line(value)
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        host = None
    if not host or url.scheme not in ("http", "https"):
        raise ValueError("must be an address, as https://example.com/hook")
    if url.scheme == "http" and not everywhere and not is_this_machine(host):
        raise ValueError("must be an https address: it holds a secret, and http shows it to all")
    return text

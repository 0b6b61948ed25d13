"""Asks who is behind a company domain: an offline provider built in, or one reached over HTTP."""

import hashlib
import json
import logging
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

import httpx
import tenacity

from etl.errors import EtlError

LONGEST_WAIT = 10.0  # seconds; a server that asks for a longer pause is not asked again
LARGEST_ANSWER = 16 * 1024  # bytes

_INDUSTRIES = ("Construction", "Education", "Finance", "Health", "Manufacturing", "Retail", "Tech")
_BACK_OFF = tenacity.wait_exponential(multiplier=0.5, max=8) + tenacity.wait_random(0, 0.25)


@dataclass(frozen=True)
class Company:
    """What a provider says of the company behind a domain; None is what it does not know."""

    domain: str
    industry: str | None
    revenue_usd: int | None
    headcount: int | None
    provider: str


class LookUpFailedError(Exception):
    """One domain could not be looked up; ``kind`` is short and names neither URL nor domain.

    ``down``: the fault is the server's, not this answer's. ``after``: seconds it asks to wait.
    """

    def __init__(self, kind: str, *, down: bool = False, after: float | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.down = down
        self.after = after


class Provider(Protocol):
    """A source of companies; ``name`` marks its rows and its entries in the cache."""

    @property
    def name(self) -> str: ...  # noqa: D102

    def session(self) -> AbstractContextManager[Callable[[str], Company]]:
        """The look-up of one domain, callable from several threads; raises LookUpFailedError."""
        ...


@dataclass(frozen=True)
class OfflineProvider:
    """Made-up companies, so that the pipeline is complete without network.

    The values come from a digest of the domain: the same everywhere and always, and true of nobody.
    """

    name: str = "offline"

    @contextmanager
    def session(self) -> Iterator[Callable[[str], Company]]:
        """The look-up, which needs no connection and knows every domain."""
        yield self._made_up

    def _made_up(self, domain: str) -> Company:
        digest = hashlib.sha256(domain.encode()).digest()
        headcount = 10 + int.from_bytes(digest[:4], "big") % 9_990
        revenue_usd = headcount * (80_000 + int.from_bytes(digest[4:8], "big") % 320_000)
        industry = _INDUSTRIES[digest[8] % len(_INDUSTRIES)]
        return Company(domain, industry, revenue_usd, headcount, self.name)


@dataclass(frozen=True)
class HttpProvider:
    """Companies from ``GET {base_url}/enrich/company?domain=...``, each a JSON object.

    Its fields industry (string), revenue (whole US dollars) and headcount may be absent or null;
    404 is an unknown company. Connection errors, timeouts (``timeout`` seconds per attempt), 429
    and 5xx are tried again after an exponential back-off, or after the seconds of a Retry-After.
    Redirects are not followed; proxies and netrc files of the environment are not used.
    """

    base_url: str = field(repr=False)  # may hold credentials
    timeout: float = 5.0
    attempts: int = 3
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        try:
            url = httpx.URL(self.base_url)
            usable = url.scheme in ("http", "https") and url.host != ""
        except httpx.InvalidURL:
            usable = False
        if not usable:
            raise EtlError(
                "The enrichment URL is not an http or https address (it is not shown here, as it "
                "may hold a password). Give one such as https://enrich.example.com, or none to "
                "use the built-in offline provider."
            )

    @property
    def name(self) -> str:
        """Scheme, host and port: the part of the URL that holds no secret."""
        url = httpx.URL(self.base_url)
        return f"{url.scheme}://{url.netloc.decode()}"

    @contextmanager
    def session(self) -> Iterator[Callable[[str], Company]]:
        """The look-up, over connections that are shared and then closed."""
        logging.getLogger("httpx").setLevel(logging.WARNING)  # its INFO lines hold the whole URL
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.attempts),
            retry=tenacity.retry_if_exception(_worth_another_attempt),
            wait=_wait,
            sleep=self.sleep,
            reraise=True,
        )
        headers = {"accept": "application/json", "accept-encoding": "identity"}
        with httpx.Client(
            timeout=self.timeout, headers=headers, trust_env=False, verify=_certificates()
        ) as client:
            yield lambda domain: retrying(self._ask, client, domain)

    def _ask(self, client: httpx.Client, domain: str) -> Company:
        base = httpx.URL(self.base_url)
        url = base.copy_with(path=f"{base.path.rstrip('/')}/enrich/company", fragment=None)
        try:
            with client.stream("GET", url.copy_merge_params({"domain": domain})) as response:
                if response.status_code == httpx.codes.NOT_FOUND:
                    return Company(domain, None, None, None, self.name)
                body = _body(response, self.timeout)
        except httpx.TimeoutException:
            raise LookUpFailedError("timeout", down=True) from None
        except httpx.TransportError:
            raise LookUpFailedError("connection failed", down=True) from None
        try:
            answer = json.loads(body)
            revenue, headcount = answer.get("revenue"), answer.get("headcount")
            return company_of(domain, answer.get("industry"), revenue, headcount, self.name)
        except (ValueError, AttributeError, RecursionError):
            raise LookUpFailedError("malformed answer") from None


def provider_from(
    url: str | None,
    *,
    timeout: float = 5.0,
    attempts: int = 3,
    sleep: Callable[[float], None] = time.sleep,
) -> Provider:
    """The provider at a URL, or the offline one without a URL; EtlError if it is not http(s)."""
    if url is None or not url.strip():
        return OfflineProvider()
    return HttpProvider(url.strip(), timeout, attempts, sleep)


def company_of(
    domain: str, industry: object, revenue_usd: object, headcount: object, provider: str
) -> Company:
    """The company if its values have the right types; ValueError otherwise."""
    return Company(domain, _text(industry), _whole(revenue_usd), _whole(headcount), provider)


@cache
def _certificates() -> ssl.SSLContext:
    """The authorities httpx trusts; reading them takes 30 ms."""
    return httpx.create_ssl_context(trust_env=False)


def _worth_another_attempt(error: BaseException) -> bool:
    return (
        isinstance(error, LookUpFailedError) and error.down and (error.after or 0) <= LONGEST_WAIT
    )


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    after = error.after if isinstance(error, LookUpFailedError) else None
    return _BACK_OFF(state) if after is None else after


def _body(response: httpx.Response, timeout: float) -> bytes:
    """The body of a 200, read within ``timeout`` seconds and LARGEST_ANSWER bytes."""
    status = response.status_code
    if status != httpx.codes.OK:
        seconds = response.headers.get("retry-after", "")
        after = float(seconds) if seconds.isascii() and seconds.isdigit() else None
        raise LookUpFailedError(f"HTTP {status}", down=status == 429 or status >= 500, after=after)
    body, deadline = bytearray(), time.monotonic() + timeout
    for chunk in response.iter_raw():  # raw: a compressed answer must not unfold into a huge one
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise LookUpFailedError("answer too large")
        if time.monotonic() > deadline:
            raise LookUpFailedError("timeout", down=True)
    return bytes(body)


def _text(value: object) -> str | None:
    if value is None:
        return None
    text = " ".join(value.split()) if isinstance(value, str) else "\0"
    if not text.isprintable():
        raise ValueError("not a text")
    return text or None


def _whole(value: object) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None or (type(value) is int and 0 <= value < 2**63):
        return value
    raise ValueError("not a whole number of 0 or more that fits 64 bits")

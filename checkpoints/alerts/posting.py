"""Posts a message to Slack, PagerDuty, Teams or a webhook: in time, or says why not.

What is told of a failure are words of our own: an address, a key and what a server answers may hold
secrets. Redirects are not followed, and proxies and netrc files of the environment are not used.
"""

import hashlib
import hmac
import json
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import httpx
import tenacity

from checkpoints.alerts.config import Channel
from checkpoints.alerts.deliveries import KNOW_AGAIN, Result

CONNECT, READ = 3.0, 5.0
ATTEMPTS = 4
LARGEST_ANSWER = 16 * 1024
NOT_RECEIVED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# what Slack says in one word, and what it means
SLACK_WORDS = {
    "invalid_payload": "it does not take this message",
    "invalid_token": "the webhook is not valid any more",
    "no_service": "the webhook is switched off or removed",
    "no_team": "the workspace is not known",
    "channel_not_found": "the channel is not there",
    "channel_is_archived": "the channel is archived",
    "action_prohibited": "an administrator forbids it",
}


class _FailedError(Exception):
    """One attempt that failed; `again` says that another may do better, `after` in how long."""

    def __init__(
        self, told: str, *, again: bool = False, unsure: bool = False, after: float | None = None
    ) -> None:
        super().__init__(told)
        self.told = told
        self.again = again
        self.unsure = unsure
        self.after = after


def post(channel: Channel, body: Mapping[str, Any], key: str, seconds: float) -> Result:
    """Send a message within so many seconds, all attempts together; never raises."""
    # their lines hold the whole address
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    deadline = time.monotonic() + seconds
    unsure = False

    def attempt(client: httpx.Client) -> None:
        nonlocal unsure
        try:
            _post_once(client, channel, body, key, deadline)
        except _FailedError as error:
            unsure = unsure or error.unsure
            raise

    retrying = tenacity.Retrying(
        stop=tenacity.stop_any(
            tenacity.stop_before_delay(seconds), tenacity.stop_after_attempt(ATTEMPTS)
        ),
        retry=tenacity.retry_if_exception(lambda error: _again(error, channel.type)),
        wait=_wait,
        reraise=True,
    )
    try:
        with httpx.Client(trust_env=False, verify=certificates()) as client:
            retrying(attempt, client)
    except _FailedError as error:
        return Result(sent=False, error=error.told, unsure=unsure)
    except Exception as error:
        return Result(sent=False, error=f"unexpected {type(error).__name__}", unsure=True)
    return Result(sent=True)


def signature(secret: str, timestamp: str, content: bytes) -> str:
    """What X-Benefits-Signature holds: an HMAC of the time and the body, by the shared secret."""
    made = hmac.new(secret.encode(), timestamp.encode() + b"." + content, hashlib.sha256)
    return f"sha256={made.hexdigest()}"


@cache
def certificates() -> ssl.SSLContext:
    """The authorities that are trusted; reading them takes 30 ms."""
    return httpx.create_ssl_context(trust_env=False)


def _post_once(
    client: httpx.Client, channel: Channel, body: Mapping[str, Any], key: str, deadline: float
) -> None:
    settings = channel.settings
    if channel.type == "pagerduty":
        body = {"routing_key": settings["routing_key"], **body}
    content = json.dumps(body).encode()
    headers = {
        "content-type": "application/json",
        "accept-encoding": "identity",
        "user-agent": "benefits-pipeline",
    }
    if channel.type == "webhook":
        headers |= {"idempotency-key": key}
        if settings.get("secret"):
            now = str(int(time.time()))
            signed = signature(settings["secret"], now, content)
            headers |= {"x-benefits-timestamp": now, "x-benefits-signature": signed}
    left = deadline - time.monotonic()
    if left <= 0:
        raise _FailedError("no answer in time", unsure=True)
    timeout = httpx.Timeout(min(READ, left), connect=min(CONNECT, left))
    try:
        with client.stream(
            "POST", settings["url"], content=content, headers=headers, timeout=timeout
        ) as response:
            answer = _answer(response, deadline)
    except NOT_RECEIVED as error:
        slow = isinstance(error, httpx.TimeoutException)
        told = "no connection in time" if slow else "no connection"
        raise _FailedError(told, again=True) from None
    except httpx.TimeoutException:
        raise _FailedError("no answer in time", again=True, unsure=True) from None
    except httpx.TransportError:
        raise _FailedError("the connection broke", again=True, unsure=True) from None
    _judge(channel.type, response, answer)


def _answer(response: httpx.Response, deadline: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_raw():  # raw: a compressed answer must not unfold into a huge one
        body += chunk
        if len(body) > LARGEST_ANSWER:
            break
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the answer takes too long")
    return bytes(body)


def _judge(type_: str, response: httpx.Response, answer: bytes) -> None:
    """_FailedError unless the service says, in its own way, that it has taken the message."""
    status = response.status_code
    text = answer.decode("utf-8", errors="replace").strip()
    if not response.is_success:
        told = f"HTTP {status}"
        if response.is_redirect:
            told += ", a redirect, which is not followed: give the address it leads to"
        elif type_ == "slack" and text in SLACK_WORDS:
            told += f": {SLACK_WORDS[text]}"
        elif status in (401, 403, 404, 410):
            told += ": is the address or the key still valid?"
        seconds = response.headers.get("retry-after", "")
        after = float(seconds) if seconds.isascii() and seconds.isdigit() else None
        raise _FailedError(told, again=status == 429 or status >= 500, after=after)
    if type_ == "slack" and text != "ok":
        raise _FailedError(f"HTTP {status}, and not the answer that Slack gives")
    if type_ == "pagerduty" and not _is_success(text):
        raise _FailedError(f"HTTP {status}, and not the answer that PagerDuty gives")


def _is_success(text: str) -> bool:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and answer.get("status") == "success"


def _again(error: BaseException, type_: str) -> bool:
    if not isinstance(error, _FailedError) or not error.again:
        return False
    return type_ in KNOW_AGAIN or not error.unsure


_back_off: Callable[[tenacity.RetryCallState], float] = tenacity.wait_exponential(
    multiplier=0.25, max=2
) + tenacity.wait_random(0, 0.2)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    after = error.after if isinstance(error, _FailedError) else None
    return _back_off(state) if after is None else after

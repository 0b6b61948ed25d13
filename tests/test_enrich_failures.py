"""How enrichment behaves with a provider that is down, slow, broken or lying."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from etl.enrich import FAILURES_IN_A_ROW, enrich_domains
from etl.providers import Company, HttpProvider
from tests.provider_server import ACME, TOLD, Answer, Server, Waits, http, says, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as state:
        yield state


def test_a_server_that_is_down_leaves_a_warning() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        provider = HttpProvider(f"http://127.0.0.1:{closed.getsockname()[1]}", sleep=Waits())

        result = enrich_domains(["acme.com"], provider, cache_path=None)

    assert result.companies == {}
    assert "(connection failed 1)" in result.warnings[0]


def test_a_server_that_is_slower_than_the_timeout_leaves_a_warning(server: Server) -> None:
    def late(domain: str) -> Answer:
        server.released.wait(5)
        return says(200, ACME)

    server.answer = late
    waits, started = Waits(), time.monotonic()

    result = enrich_domains(["acme.com"], http(server, timeout=0.05, sleep=waits), cache_path=None)

    assert "(timeout 1)" in result.warnings[0]
    assert len(waits) == 2
    assert time.monotonic() - started < 2


def test_an_answer_that_trickles_in_ends_at_the_timeout() -> None:
    def trickle(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
            try:
                for _ in range(200):
                    connection.sendall(b" ")
                    time.sleep(0.02)
            except OSError:
                pass  # the client has given up, as it should

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=trickle, args=(listener,))
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        provider = HttpProvider(url, timeout=0.1, attempts=1)

        result = enrich_domains(["acme.com"], provider, cache_path=None)

        thread.join(2)
        assert not thread.is_alive()
    assert "(timeout 1)" in result.warnings[0]


def test_a_huge_answer_is_refused(server: Server) -> None:
    server.answer = lambda domain: says(200, b" " * 20_000_000)

    result = enrich_domains(["acme.com"], http(server), cache_path=None)

    assert "(answer too large 1)" in result.warnings[0]


def test_a_compressed_answer_is_never_unfolded(server: Server) -> None:
    server.answer = lambda domain: says(200, b"\x1f\x8b\x08", content_encoding="gzip")

    result = enrich_domains(["acme.com"], http(server), cache_path=None)

    assert "(malformed answer 1)" in result.warnings[0]


def test_after_failures_in_a_row_the_rest_is_not_asked_for_and_counts_as_failed(
    server: Server,
) -> None:
    server.answer = lambda domain: says(503)
    domains = [f"c{number:03}.com" for number in range(200)]

    result = enrich_domains(domains, http(server), cache_path=None, max_workers=1)

    assert sorted(set(server.asked)) == domains[:FAILURES_IN_A_ROW]
    assert result.failed == tuple(domains)
    assert result.warnings == (
        "200 of 200 company domains not enriched "
        f"(not asked after 5 failures in a row 195, HTTP 503 5); {TOLD}",
    )


def test_failures_that_are_not_in_a_row_do_not_stop_the_others(server: Server) -> None:
    domains = [f"c{number:02}.com" for number in range(20)]
    server.answer = lambda domain: says(503 if domain[2] in "02468" else 200, ACME)

    result = enrich_domains(domains, http(server), cache_path=None, max_workers=1)

    assert result.warnings == (f"10 of 20 company domains not enriched (HTTP 503 10); {TOLD}",)


def test_many_workers_stop_soon_after_a_server_is_down(server: Server) -> None:
    server.answer = lambda domain: says(503)
    domains = [f"c{number:03}.com" for number in range(200)]

    result = enrich_domains(domains, http(server), cache_path=None, max_workers=8)

    assert len(result.failed) == 200
    assert len(set(server.asked)) < FAILURES_IN_A_ROW + 8


@pytest.mark.parametrize("refusal", [says(400), says(200, b"{")])
def test_domains_the_server_refuses_never_keep_the_others_from_being_asked_for(
    server: Server, refusal: Answer
) -> None:
    server.answer = lambda domain: says(200, ACME) if domain == "z.com" else refusal
    refused = [f"a{number}.com" for number in range(20)]

    result = enrich_domains([*refused, "z.com"], http(server), cache_path=None, max_workers=1)

    assert list(result.companies) == ["z.com"]


def test_look_ups_run_side_by_side_but_no_more_than_allowed(server: Server) -> None:
    together, lock, running, peaks = threading.Barrier(3), threading.Lock(), [0], [0]

    def answer(domain: str) -> Answer:
        with lock:
            running[0] += 1
            peaks.append(running[0])
        together.wait(2)  # breaks, and the answer is lost, unless three are asked for at once
        with lock:
            running[0] -= 1
        return says(200, ACME)

    server.answer = answer

    result = enrich_domains("abcdef", http(server, attempts=1), cache_path=None, max_workers=3)

    assert len(result.companies) == 6
    assert max(peaks) == 3


def test_a_faulty_provider_does_not_stop_the_load() -> None:
    class Faulty:
        name = "faulty"

        @contextmanager
        def session(self) -> Iterator[Callable[[str], Company]]:
            def look_up(domain: str) -> Company:
                raise ZeroDivisionError(domain)

            yield look_up

    class Closed:
        name = "closed"

        def session(self) -> AbstractContextManager[Callable[[str], Company]]:
            raise PermissionError

    assert (
        "(ZeroDivisionError 1)" in enrich_domains(["a.com"], Faulty(), cache_path=None).warnings[0]
    )
    assert "(PermissionError 1)" in enrich_domains(["a.com"], Closed(), cache_path=None).warnings[0]

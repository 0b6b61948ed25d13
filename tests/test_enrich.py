"""How enrichment behaves with a provider that is up, slow, broken, lying or gone."""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import FrozenInstanceError, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest

from etl.enrich import FAILURES_IN_A_ROW, Enrichment, enrich_domains, enrich_employees
from etl.errors import EtlError
from etl.providers import LONGEST_WAIT, Company, HttpProvider, OfflineProvider, provider_from

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


@pytest.fixture
def server() -> Iterator[Server]:
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


class Waits(list[float]):
    """Stands in for time.sleep, and remembers."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def http(server: Server, **options: object) -> HttpProvider:
    return HttpProvider(server.url, **({"sleep": Waits()} | options))  # type: ignore[arg-type]


def in_turn(*answers: Answer) -> Callable[[str], Answer]:
    remaining = list(answers)
    return lambda domain: remaining.pop(0) if len(remaining) > 1 else remaining[0]


def test_a_company_is_looked_up_at_the_documented_address(server: Server) -> None:
    provider = HttpProvider(f"{server.url}/api/")

    result = enrich_domains(["acme.com"], provider, cache_path=None)

    company = Company("acme.com", "Retail", 1_500_000, 12, server.url)
    assert result == Enrichment({"acme.com": company}, (), ())
    assert server.paths == ["/api/enrich/company?domain=acme.com"]


def test_each_distinct_domain_is_asked_for_once_and_blanks_never(server: Server) -> None:
    domains = pd.Series(["b.org", "A.com", None, " a.com ", "", "b.org"], dtype="str")

    result = enrich_domains(domains, http(server), cache_path=None)

    assert sorted(server.asked) == ["a.com", "b.org"] == list(result.companies)


def test_a_strange_domain_is_one_parameter_and_nothing_else(server: Server) -> None:
    enrich_domains(["a.com&x=1#/../é"], http(server), cache_path=None)

    assert server.asked == ["a.com&x=1#/../é"]


def test_absent_and_null_fields_are_unknown(server: Server) -> None:
    server.answer = lambda domain: says(200, {"industry": None, "headcount": 7.0, "more": [1]})

    result = enrich_domains(["acme.com"], http(server), cache_path=None)

    assert result.companies["acme.com"] == Company("acme.com", None, None, 7, server.url)


MALFORMED: list[object] = [
    b"{",
    b"<html>",
    b"",
    b"\xff\xfe",
    b"[" * 15_000,
    [1],
    "text",
    None,
    {"revenue": "1000"},
    {"revenue": True},
    {"revenue": 1.5},
    {"revenue": -1},
    {"revenue": 2**63},
    {"headcount": float("inf")},
    {"headcount": float("nan")},
    {"headcount": [1]},
    {"industry": 5},
    {"industry": "\ud800"},
    {"industry": "\0"},
]


def test_every_malformed_answer_is_a_failure_that_is_not_repeated(server: Server) -> None:
    bodies = {f"{number:02}.com": body for number, body in enumerate(MALFORMED)}
    server.answer = lambda domain: says(200, bodies[domain])

    result = enrich_domains(bodies, http(server), cache_path=None)

    assert result.failed == tuple(bodies)
    assert result.warnings == (
        f"{len(bodies)} of {len(bodies)} company domains not enriched "
        f"(malformed answer {len(bodies)}); {TOLD}",
    )
    assert sorted(server.asked) == list(bodies)


def test_404_is_an_unknown_company_and_no_failure(server: Server) -> None:
    server.answer = lambda domain: says(404)

    result = enrich_domains(["acme.com"], http(server), cache_path=None)

    company = Company("acme.com", None, None, None, server.url)
    assert result == Enrichment({"acme.com": company}, (), ())
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_server_that_recovers_is_asked_again_after_growing_waits(
    server: Server, status: int
) -> None:
    server.answer = in_turn(says(status), says(status), says(200, ACME))
    waits = Waits()

    result = enrich_domains(["acme.com"], http(server, sleep=waits), cache_path=None)

    assert result.companies["acme.com"].headcount == 12
    assert len(server.asked) == 3
    assert 0 < waits[0] < waits[1] <= LONGEST_WAIT


def test_a_server_that_always_fails_is_asked_three_times_and_told_of_once(server: Server) -> None:
    server.answer = lambda domain: says(500 if domain < "c" else 200, ACME)

    result = enrich_domains(["a.com", "b.com", "c.com"], http(server), cache_path=None)

    assert result.failed == ("a.com", "b.com")
    assert result.warnings == (f"2 of 3 company domains not enriched (HTTP 500 2); {TOLD}",)
    assert list(result.companies) == ["c.com"]
    assert server.asked.count("a.com") == 3


def test_a_short_retry_after_is_obeyed(server: Server) -> None:
    server.answer = in_turn(says(429, retry_after="7"), says(200, ACME))
    waits = Waits()

    result = enrich_domains(["acme.com"], http(server, sleep=waits), cache_path=None)

    assert not result.failed
    assert waits == [7.0]


def test_a_long_retry_after_ends_the_attempts(server: Server) -> None:
    server.answer = lambda domain: says(429, retry_after="3600")
    waits = Waits()

    result = enrich_domains(["acme.com"], http(server, sleep=waits), cache_path=None)

    assert (result.failed, waits, len(server.asked)) == (("acme.com",), [], 1)


@pytest.mark.parametrize("nonsense", ["soon", "-5", "1e9", "²"])
def test_a_retry_after_that_makes_no_sense_is_ignored(server: Server, nonsense: str) -> None:
    server.answer = in_turn(says(503, retry_after=nonsense), says(200, ACME))
    waits = Waits()

    result = enrich_domains(["acme.com"], http(server, sleep=waits), cache_path=None)

    assert not result.failed
    assert 0 < waits[0] < 2


@pytest.mark.parametrize("status", [204, 400, 401, 403])
def test_a_refusal_is_not_repeated(server: Server, status: int) -> None:
    server.answer = lambda domain: says(status, b"")

    result = enrich_domains(["acme.com"], http(server), cache_path=None)

    assert f"(HTTP {status} 1)" in result.warnings[0]
    assert len(server.asked) == 1


def test_a_redirect_is_a_failure_and_is_never_followed(server: Server) -> None:
    server.answer = lambda domain: says(302, location=f"{server.url}/elsewhere")

    result = enrich_domains(["acme.com"], http(server), cache_path=None)

    assert "(HTTP 302 1)" in result.warnings[0]
    assert len(server.paths) == 1


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


def test_answers_and_unknown_companies_are_cached_and_failures_are_not(
    server: Server, tmp_path: Path
) -> None:
    path = tmp_path / "state" / "enrichment.json"
    statuses = {"a.com": 200, "b.com": 404, "c.com": 400}
    server.answer = lambda domain: says(statuses[domain], ACME)
    first = enrich_domains(statuses, http(server), cache_path=path)
    server.asked.clear()

    second = enrich_domains(statuses, http(server), cache_path=path)

    assert server.asked == ["c.com"]
    assert second == first
    assert [file.name for file in path.parent.iterdir()] == ["enrichment.json"]


def test_the_cache_serves_a_server_that_is_down_and_new_domains_join_it(
    server: Server, tmp_path: Path
) -> None:
    path = tmp_path / "enrichment.json"
    enrich_domains(["a.com"], http(server), cache_path=path)
    enrich_domains(["b.com"], http(server), cache_path=path)
    server.answer = lambda domain: says(500)

    result = enrich_domains(["a.com", "b.com"], http(server), cache_path=path)

    assert (len(result.companies), result.warnings) == (2, ())


def test_the_cache_is_kept_apart_by_provider(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "enrichment.json"
    enrich_domains(["a.com"], OfflineProvider(), cache_path=path)

    result = enrich_domains(["a.com"], http(server), cache_path=path)
    again = enrich_domains(["a.com"], OfflineProvider(), cache_path=path)

    assert result.companies["a.com"].provider == server.url
    assert again.companies["a.com"].provider == "offline"


@pytest.mark.parametrize("fetched", ["2020-01-01T00:00:00+00:00", "2999-01-01T00:00:00+00:00"])
def test_a_cached_answer_too_old_or_from_the_future_is_fetched_again(
    server: Server, tmp_path: Path, fetched: str
) -> None:
    path = tmp_path / "enrichment.json"
    enrich_domains(["a.com"], http(server), cache_path=path)
    [row] = json.loads(path.read_text())
    path.write_text(json.dumps([row | {"fetched_at": fetched}]))

    result = enrich_domains(["a.com"], http(server), cache_path=path)

    assert server.asked == ["a.com", "a.com"]
    assert result.warnings == ()
    assert len(json.loads(path.read_text())) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff",
        b"{}x",
        b'{"a": 1}',
        b"[1]",
        b"[{}]",
        b"7",
        b'[{"fetched_at": "2026-01-01", "domain": [], "provider": "p", "industry": null, '
        b'"revenue_usd": null, "headcount": null}]',
        b'[{"fetched_at": "2026-01-01T00:00:00+00:00", "domain": "a.com", "provider": "p", '
        b'"industry": null, "revenue_usd": "many", "headcount": null}]',
    ],
)
def test_a_damaged_cache_is_discarded_with_a_warning_and_made_anew(
    server: Server, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "enrichment.json"
    path.write_bytes(content)

    first = enrich_domains(["a.com"], http(server), cache_path=path)
    second = enrich_domains(["a.com"], http(server), cache_path=path)

    assert first.warnings == (
        f"{path}: the enrichment cache is damaged; it is discarded and made anew",
    )
    assert first.companies == second.companies
    assert second.warnings == ()
    assert server.asked == ["a.com"]


def test_a_cache_that_can_neither_be_read_nor_written_is_two_warnings(
    server: Server, tmp_path: Path
) -> None:
    result = enrich_domains(["a.com"], http(server), cache_path=tmp_path)

    assert len(result.companies) == 1
    assert [warning.split("the enrichment cache ")[1][:17] for warning in result.warnings] == [
        "cannot be read (I",
        "cannot be written",
    ]
    assert list(tmp_path.parent.glob("*.tmp")) == []


def test_a_cache_below_a_file_is_a_warning(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    result = enrich_domains(["a.com"], http(server), cache_path=tmp_path / "file" / "cache.json")

    assert len(result.companies) == 1
    assert "cannot be written" in result.warnings[-1]


def test_when_no_domain_at_all_is_known_the_url_is_suspected_and_nothing_is_cached(
    server: Server, tmp_path: Path
) -> None:
    path = tmp_path / "enrichment.json"
    server.answer = lambda domain: says(404)

    result = enrich_domains("abcdef", http(server), cache_path=path)

    assert result.warnings == (
        f"none of the 6 company domains asked for is known to {server.url}; "
        "check the path of the enrichment URL; these answers are not kept in the cache",
    )
    assert not path.exists()


def test_credentials_in_the_url_reach_the_server_and_nobody_else(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = tmp_path / "enrichment.json"
    secret = server.url.replace("//", "//user:hunter2@") + "/api?key=hunter2"
    statuses = {"a.com": 200, "b.com": 500, "c.com": 400}
    server.answer = lambda domain: says(statuses[domain], ACME)

    provider = provider_from(secret, sleep=Waits())
    result = enrich_domains(statuses, provider, cache_path=path)

    assert "/api/enrich/company?key=hunter2&domain=a.com" in server.paths
    assert all(server.authorizations)
    assert "hunter2" not in f"{result} {provider} {path.read_text()} {caplog.text}"


def test_the_offline_provider_knows_every_domain_and_always_says_the_same() -> None:
    result = enrich_domains(["acme.com", "x"], OfflineProvider(), cache_path=None)

    assert result.companies["acme.com"] == Company(
        "acme.com", "Education", 494_406_670, 6_065, "offline"
    )
    assert result.companies["x"].industry
    assert (result.failed, result.warnings) == ((), ())


@pytest.mark.parametrize("url", [None, "", "  "])
def test_without_a_url_the_provider_is_the_offline_one(url: str | None) -> None:
    assert provider_from(url) == OfflineProvider()


def test_a_url_gives_the_http_provider_named_after_its_host() -> None:
    assert provider_from(" https://u:p@Enrich.example:443/v1?k=1 ").name == "https://enrich.example"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://u:pw@x.org",
        "x.org/pw",
        "u:pw@x.org",
        "file:///pw",
        "http://",
        "http://x:pw/",
        "http://x.org/\npw",
    ],
)
def test_a_url_that_is_not_http_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(EtlError, match="not an http or https address") as refusal:
        provider_from(url)

    assert "pw" not in str(refusal.value)


def test_employees_get_the_company_of_their_domain_in_the_same_rows_and_order() -> None:
    acme = Company("acme.com", "Retail", 2**53 + 1, 12, "offline")
    nobody = Company("nobody.org", None, None, None, "offline")
    clean = pd.DataFrame(
        {
            "person_id": ["E1", "E2", "E3", "E4", "E5"],
            "email_domain": ["acme.com", None, "failed.net", "acme.com", "nobody.org"],
        },
        index=[9, 9, 1, 2, 3],
        dtype="str",
    )

    rows = enrich_employees(
        clean, Enrichment({c.domain: c for c in (acme, nobody)}, ("failed.net",), ())
    )

    pd.testing.assert_frame_equal(rows[["person_id", "email_domain"]], clean)
    assert rows["industry"].fillna("-").tolist() == ["Retail", "-", "-", "Retail", "-"]
    assert rows["revenue_usd"].fillna(-1).tolist() == [2**53 + 1, -1, -1, 2**53 + 1, -1]
    assert rows["headcount"].fillna(-1).tolist() == [12, -1, -1, 12, -1]
    assert rows["enrichment_provider"].fillna("-").tolist() == [
        *("offline", "-", "-", "offline", "offline")
    ]


@pytest.mark.parametrize("count", [0, 2])
def test_without_any_company_the_columns_are_there_typed_and_empty(count: int) -> None:
    clean = pd.DataFrame({"email_domain": [None] * count}, dtype="str")

    rows = enrich_employees(clean, Enrichment({}, (), ()))

    assert [str(dtype) for dtype in rows.dtypes] == ["str", "str", "Int64", "Int64", "str"]
    assert rows.isna().to_numpy().all()


def test_results_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Enrichment({}, (), ()).failed = ("a.com",)  # type: ignore[misc]

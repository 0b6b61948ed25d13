"""What each answer of a provider means, and which one is asked for again."""

from collections.abc import Iterator

import pandas as pd
import pytest

from etl.enrich import Enrichment, enrich_domains
from etl.providers import LONGEST_WAIT, Company, HttpProvider
from tests.provider_server import ACME, TOLD, Server, Waits, http, in_turn, says, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as state:
        yield state


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

"""Which answers are kept for the next run, and what a broken cache costs."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.enrich import enrich_domains
from etl.providers import OfflineProvider, provider_from
from tests.provider_server import ACME, Server, Waits, http, says, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as state:
        yield state


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

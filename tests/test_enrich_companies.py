"""The provider that a URL or none gives, and the companies that employees get."""

from dataclasses import FrozenInstanceError

import pandas as pd
import pytest

from etl.enrich import Enrichment, enrich_domains, enrich_employees
from etl.errors import EtlError
from etl.providers import Company, OfflineProvider, provider_from


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

"""Enriches company domains with industry, revenue and headcount, and never stops a load."""

import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pandas as pd

from etl.providers import Company, LookUpFailedError, Provider, company_of

FAILURES_IN_A_ROW = 5  # then the server counts as down and no further domain is asked for
SUSPICIOUS_UNKNOWNS = 5  # so many domains asked for and none known: a wrong URL is likelier

_Cache = dict[tuple[str, str], tuple[datetime, Company]]  # (provider, domain): (fetched, answer)


@dataclass(frozen=True)
class Enrichment:
    """Companies by domain, the domains that could not be looked up, and what to tell the user."""

    companies: dict[str, Company]
    failed: tuple[str, ...]
    warnings: tuple[str, ...]


def enrich_domains(
    domains: Iterable[str],
    provider: Provider,
    *,
    cache_path: Path | None,
    max_workers: int = 8,
    max_age_days: int = 30,
) -> Enrichment:
    """The company behind each distinct domain, from the cache or the provider; never raises.

    Answers, 'unknown company' included, stay in ``cache_path`` for ``max_age_days``; failures do
    not. After FAILURES_IN_A_ROW of the server the other domains are not asked for and count as
    failed; an answer that is refused or malformed for one domain does not count towards them.
    """
    wanted = sorted({d.strip().lower() for d in domains if isinstance(d, str) and d.strip()})
    now = datetime.now(UTC)
    kept, warnings = _read_cache(cache_path, now - timedelta(days=max_age_days), now)
    known = {d: kept[provider.name, d][1] for d in wanted if (provider.name, d) in kept}
    answers = _look_up_all([d for d in wanted if d not in known], provider, max_workers)
    found = {domain: answer for domain, answer in answers.items() if isinstance(answer, Company)}
    failed = {domain: answer for domain, answer in answers.items() if isinstance(answer, str)}

    if len(found) >= SUSPICIOUS_UNKNOWNS and all(map(_says_nothing, found.values())):
        warnings.append(
            f"none of the {len(found)} company domains asked for is known to {provider.name}; "
            "check the path of the enrichment URL; these answers are not kept in the cache"
        )
    elif found and cache_path is not None:
        fresh: _Cache = {(provider.name, domain): (now, c) for domain, c in found.items()}
        warnings += _write_cache(cache_path, kept | fresh)
    if failed:
        kinds = Counter(failed.values()).most_common()
        counts = ", ".join(f"{kind} {count}" for kind, count in kinds)
        warnings.append(
            f"{len(failed)} of {len(wanted)} company domains not enriched ({counts}); industry, "
            "revenue and headcount are NULL for them; they are tried again in the next run"
        )
    return Enrichment(known | found, tuple(failed), tuple(warnings))


def enrich_employees(clean: pd.DataFrame, enrichment: Enrichment) -> pd.DataFrame:
    """The same rows with industry, revenue_usd, headcount and enrichment_provider of their domain.

    All four are NULL without an answer; with 'unknown company', only enrichment_provider is not.
    """
    companies = list(enrichment.companies.values())
    table = pd.DataFrame(
        {
            "industry": pd.array([c.industry for c in companies], dtype="str"),
            "revenue_usd": pd.array([c.revenue_usd for c in companies], dtype="Int64"),
            "headcount": pd.array([c.headcount for c in companies], dtype="Int64"),
            "enrichment_provider": pd.array([c.provider for c in companies], dtype="str"),
        },
        index=pd.Index([c.domain for c in companies], dtype="str"),
    )
    found = table.reindex(clean["email_domain"])
    return clean.assign(**{column: found[column].array for column in found})


def _look_up_all(
    domains: list[str], provider: Provider, max_workers: int
) -> dict[str, Company | str]:
    """The company of each domain, or the kind of failure."""
    failures, lock = 0, threading.Lock()

    def answer(look_up: Callable[[str], Company], domain: str) -> Company | str:
        nonlocal failures
        if failures >= FAILURES_IN_A_ROW:
            return f"not asked after {FAILURES_IN_A_ROW} failures in a row"
        result: Company | str
        try:
            result, down = look_up(domain), False
        except LookUpFailedError as error:
            result, down = error.kind, error.down
        except Exception as error:  # a fault in a provider does not stop a load either
            result, down = type(error).__name__, True
        with lock:
            if failures < FAILURES_IN_A_ROW:
                failures = failures + 1 if down else 0
        return result

    if not domains:
        return {}
    try:
        with provider.session() as look_up, ThreadPoolExecutor(max(1, max_workers)) as pool:
            return dict(zip(domains, pool.map(partial(answer, look_up), domains), strict=True))
    except Exception as error:  # no session: nothing was asked
        return dict.fromkeys(domains, type(error).__name__)


def _says_nothing(company: Company) -> bool:
    return (company.industry, company.revenue_usd, company.headcount) == (None, None, None)


def _read_cache(path: Path | None, oldest: datetime, now: datetime) -> tuple[_Cache, list[str]]:
    """The entries that are still good, and a warning if the file is not."""
    try:
        rows = [] if path is None else json.loads(path.read_bytes())
        entries = [
            (datetime.fromisoformat(row.pop("fetched_at")), company_of(**row)) for row in rows
        ]
        return {(c.provider, c.domain): (at, c) for at, c in entries if oldest < at <= now}, []
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        return {}, [f"{path}: the enrichment cache cannot be read ({error.strerror}); not used"]
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return {}, [f"{path}: the enrichment cache is damaged; it is discarded and made anew"]


def _write_cache(path: Path, cache: _Cache) -> list[str]:
    """Replaces the file in one step; a warning if it cannot be written."""
    rows = [{"fetched_at": at.isoformat(), **asdict(company)} for at, company in cache.values()]
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(rows, indent=1), encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        return [f"{path}: the enrichment cache cannot be written ({error.strerror}); not kept"]
    return []

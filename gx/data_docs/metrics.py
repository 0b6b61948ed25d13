"""The page of all metrics: their course day by day, beside the pages of runs."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from gx.data_docs.course import Metric
from gx.data_docs.index import rank

PAGE = "history.html"


@dataclass(frozen=True)
class Metrics:
    """Every metric that is shown, in the order of the layers, tables and names."""

    metrics: tuple[Metric, ...]

    @property
    def out(self) -> tuple[Metric, ...]:
        """Those whose newest day is out of its band."""
        return tuple(metric for metric in self.metrics if metric.newest.anomalous)

    @property
    def tables(self) -> list[tuple[str, list[Metric]]]:
        """By layer and table."""
        return [(table, list(of)) for table, of in groupby(self.metrics, key=lambda m: m.table)]


def is_there(site: Path) -> bool:
    """Whether pages of that site may link to the page."""
    return (site / PAGE).is_file()


def write_metrics(site: Path, metrics: Sequence[Metric]) -> Path:
    """Write the page into the folder of a site, whole or not at all; its path."""
    from gx.data_docs.views import environment

    ordered = sorted(metrics, key=lambda m: (rank(m.series.split(".")[0]), m.table, m.what))
    page = Metrics(tuple(ordered))
    html = environment().get_template("history.html.j2").render(page=page)
    site.mkdir(parents=True, exist_ok=True)
    path = site / PAGE
    beside = path.with_name(f".{PAGE}.{os.getpid()}")
    try:
        beside.write_text(html, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path

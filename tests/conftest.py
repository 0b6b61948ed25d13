"""Homes with the first sample day published, sites of stored results, and a parsed dbt project.

Each is made once for all files.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.transform import Dbt
from tests.dbt_warehouse import PROJECT
from tests.freshness_source import Source
from tests.homes import DAY_1, pipeline, put_home
from tests.stored_results import Stored
from tests.untraced import dbt_untraced


@pytest.fixture(scope="session", autouse=True)
def _nobody_is_told() -> Iterator[None]:
    """Whoever runs the tests may have channels of alerts set up: they are left alone."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("BENEFITS_ALERTS")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def _dbt_is_not_traced() -> Iterator[None]:
    with dbt_untraced():
        yield


@pytest.fixture(scope="session")
def _place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each test has its home: at a path that is new, dbt would read its project anew."""
    return tmp_path_factory.mktemp("homes") / "home"


@pytest.fixture(scope="session")
def _home_of_day_1(_place: Path) -> Path:
    ran = pipeline(DAY_1, _place)
    assert ran.code == 0, ran.text
    return _place.rename(_place.with_name("day_1"))


@pytest.fixture
def home(_home_of_day_1: Path, _place: Path) -> Path:
    """A home of this test's own, in which the first sample day is published."""
    return put_home(_home_of_day_1, _place)


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    """Results of no run yet."""
    return Stored(tmp_path)


@pytest.fixture(scope="session")
def _sixty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("sixty")
    Stored(home).days(60)
    return home


@pytest.fixture
def sixty(_sixty: Path, tmp_path: Path) -> Stored:
    """A home of this test's own with sixty runs."""
    shutil.copytree(_sixty, tmp_path / "home")
    return Stored(tmp_path / "home", runs=60)


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Source, Dbt]:
    """A warehouse whose sources a test makes old, and dbt over it, which reads its project once."""
    folder = tmp_path_factory.mktemp("freshness")
    source = Source(folder)
    return source, Dbt(PROJECT, source.path, folder / "none.db", folder / "work")

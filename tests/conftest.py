"""A home with the first sample day published, made once for all tests that need one."""

import shutil
from pathlib import Path

import pytest

from tests.homes import DAY_1, pipeline


@pytest.fixture(scope="session")
def _home_of_day_1(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("homes") / "day_1"
    ran = pipeline(DAY_1, home)
    assert ran.code == 0, ran.text
    return home


@pytest.fixture
def home(_home_of_day_1: Path, tmp_path: Path) -> Path:
    """A home of this test's own, in which the first sample day is published."""
    return Path(shutil.copytree(_home_of_day_1, tmp_path / "home"))

"""What comes in from outside is data and never code, and what is written is for its user alone."""

import ast
import importlib
import os
import re
import shutil
import stat
from pathlib import Path

import pytest
import yaml

from checkpoints.lock import only_run
from etl.errors import FeedError
from etl.feed import LOOKUP, survey_feed
from gx.expectations.facts import identifier
from tests.feeds import write_feed
from tests.homes import DAY_1, PROJECT, benefits

SOURCES = [p for package in ("etl", "gx", "checkpoints") for p in (PROJECT / package).rglob("*.py")]


def calls_of_yaml(path: Path) -> list[tuple[str, list[str]]]:
    """Each call of the yaml module in a file: its name, and the names among its arguments."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = node.func.value
        if isinstance(owner, ast.Name) and owner.id == "yaml":
            given = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
            found.append((node.func.attr, [ast.unparse(value) for value in given]))
    return found


def test_yaml_is_read_by_safe_loaders_alone() -> None:
    calls = {path: calls_of_yaml(path) for path in SOURCES}
    loads = [(p, call) for p, made in calls.items() for call in made if "load" in call[0]]
    assert len(loads) > 3
    for path, (name, given) in loads:
        if name == "load":
            module = ".".join(path.relative_to(PROJECT).with_suffix("").parts)
            [loader] = (getattr(importlib.import_module(module), one) for one in given)
            assert issubclass(loader, yaml.SafeLoader | yaml.CSafeLoader), path
        else:
            assert name in ("safe_load", "safe_load_all"), path


def test_no_warning_of_the_security_rules_is_silenced_without_a_reason() -> None:
    lines = [line for path in SOURCES for line in path.read_text("utf-8").splitlines()]
    silenced = [line for line in lines if re.search(r"noqa:.*\bS\d", line)]

    assert silenced
    assert [line for line in silenced if not re.search(r"noqa: S\d+  \w", line)] == []


@pytest.mark.parametrize(
    "name", ["claims; drop table claims", 'a"b', "a'b", "a b", "../marts", "", "a.b.c", "a--"]
)
def test_what_is_no_plain_name_cannot_become_sql(name: str) -> None:
    with pytest.raises(ValueError, match="is not the name of a table or column"):
        identifier(name)


@pytest.mark.parametrize("file", ["claims_raw.csv", LOOKUP])
def test_a_pipe_or_a_device_in_the_place_of_a_file_is_refused_at_once(
    tmp_path: Path, file: str
) -> None:
    feed = write_feed(tmp_path / "feed")
    (feed / file).unlink()
    os.mkfifo(feed / file)
    with pytest.raises(FeedError, match=r"no such file|cannot be read"):
        survey_feed(feed)
    (feed / file).unlink()
    (feed / file).symlink_to("/dev/zero")
    with pytest.raises(FeedError, match=r"no such file|cannot be read"):
        survey_feed(feed)


def test_a_home_that_was_open_to_others_is_closed_by_the_first_run(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    home.chmod(0o777)

    with only_run(home, "a test"):
        assert stat.S_IMODE(home.stat().st_mode) == 0o700


@pytest.mark.slow
def test_one_run_with_hostile_names_and_a_secret_leaves_neither_in_any_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "<img src=x onerror=alert(1)>"
    feed = shutil.copytree(DAY_1, tmp_path / name)
    monkeypatch.setenv(
        "BENEFITS_ENRICHMENT_URL", "http://user:zqsecret1@127.0.0.1:9/zqsecret2?key=zqsecret3"
    )
    home = tmp_path / "home"
    for folder in ("", "outputs", "data_docs"):
        (home / folder).mkdir(mode=0o777, exist_ok=True)
        (home / folder).chmod(0o777)
    outside = tmp_path / "ci" / "junit.xml"

    ran = benefits("pipeline", "--feed", feed, "--home", home, "--junit", outside)
    told = [ran.text, benefits("status", "--home", home).text]
    told.append(benefits("versions", "--home", home).text)

    assert ran.code == 0, ran.text
    assert not re.search("zqsecret", "".join(told))
    files = [path for path in (*home.rglob("*"), outside) if path.is_file()]
    assert [p for p in files if b"zqsecret" in p.read_bytes()] == []
    pages = [p for p in files if p.suffix == ".html"]
    assert len(pages) > 10
    assert [p for p in pages if b"<img src=x" in p.read_bytes()] == []
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert [p for p in files if stat.S_IMODE(p.stat().st_mode) & 0o077] == []

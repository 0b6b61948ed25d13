"""Who may import whom, and what every part of the project promises about itself."""

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
OURS = {"etl", "gx", "checkpoints"}
MAY_IMPORT = {"etl": {"etl"}, "gx": {"gx"}, "checkpoints": OURS}
MODULES = sorted(p for package in OURS for p in (PROJECT / package).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """The top-level names of everything a module imports, at its top or inside functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            names.add(str(node.module).split(".")[0])
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PROJECT)))
def test_a_module_imports_only_what_its_package_may(path: Path) -> None:
    package = path.relative_to(PROJECT).parts[0]
    names = imported(path)

    assert names & OURS <= MAY_IMPORT[package]
    if package != "gx":
        assert "great_expectations" not in names
    if path != PROJECT / "etl" / "transform.py":
        assert "dbt" not in names
    # dbt reads its paths from the environment, so the module that runs it sets them
    if path.name not in ("settings.py", "transform.py"):
        assert not re.search(r"\bos\.(environ|getenv)\b", path.read_text(encoding="utf-8"))


def test_dbt_holds_no_python_which_would_hide_the_installed_package() -> None:
    assert list((PROJECT / "dbt").rglob("*.py")) == []


def test_no_module_outgrows_its_reader() -> None:
    sizes = {str(p.relative_to(PROJECT)): len(p.read_text().splitlines()) for p in MODULES}

    assert {name: size for name, size in sizes.items() if size > 300} == {}


def documentation() -> str:
    pages = [PROJECT / "README.md", *(PROJECT / "docs").rglob("*.md")]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def test_every_command_session_suite_and_parameter_is_in_the_docs() -> None:
    import yaml

    from checkpoints.cli import main

    told = documentation()
    sessions = re.findall(r"@nox\.session.*\ndef (\w+)", (PROJECT / "noxfile.py").read_text())
    suites = [p.stem for p in (PROJECT / "checkpoints").glob("*/*.yml")]
    parameters = yaml.safe_load((PROJECT / "checkpoints" / "parameters.yml").read_text())

    missing = [f"benefits {name}" for name in main.commands if f"benefits {name}" not in told]
    missing += [f"nox -s {name}" for name in sessions if f"nox -s {name}" not in told]
    missing += [name for name in (*suites, *parameters) if f"`{name}`" not in told]
    assert missing == []


def test_every_expectation_of_our_own_is_in_the_docs() -> None:
    from gx.expectations import OWN

    told = documentation()

    assert [e.expectation_type for e in OWN if f"`{e.expectation_type}`" not in told] == []


def test_every_test_that_the_docs_name_exists() -> None:
    here = "\n".join(p.read_text(encoding="utf-8") for p in (PROJECT / "tests").glob("test_*.py"))
    named = re.findall(r"`(test_\w+)`", documentation())

    assert named
    assert [name for name in named if f"def {name}(" not in here] == []


def test_every_generic_dbt_test_is_in_the_docs() -> None:
    tests = {path.stem for path in (PROJECT / "dbt" / "tests" / "generic").glob("*.sql")}
    told = documentation()

    assert {name for name in tests if f"`{name}`" not in told} == set()

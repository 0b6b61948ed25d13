"""The tasks of this project. `nox -l` lists them, `nox -s pipeline` runs the main one."""

import hashlib
import json
import os
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "tests"]
# tests run on each of these that is installed; nothing is downloaded for it
nox.options.error_on_missing_interpreters = False
nox.options.download_python = "never"

PYTHONS = ["3.11", "3.12", "3.13"]
PYPROJECT = Path(__file__).parent / "pyproject.toml"

# pyenv shows a Python it has installed only when it is told to
pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
if installed := [found.name for version in PYTHONS for found in pyenv.glob(f"{version}.*")]:
    os.environ.setdefault("PYENV_VERSION", ":".join(installed))


def install(session: nox.Session, *groups: str) -> None:
    """Install the project and some dependency groups, unless that was done for these very files."""
    stamp = Path(session.virtualenv.location) / "installed.sha256"
    wanted = hashlib.sha256(PYPROJECT.read_bytes() + repr((groups, PYPROJECT)).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    needed = nox.project.dependency_groups(nox.project.load_toml(PYPROJECT), *groups)
    # importing great_expectations takes three times as long without compiled bytecode; linting does
    # not import it, and compiling takes longer than that
    compiled = "0" if groups == ("lint",) else "1"
    session.install("-e", ".", *needed, env={"UV_COMPILE_BYTECODE": compiled})
    stamp.write_text(wanted)


@nox.session
def pipeline(session: nox.Session) -> None:
    """Carry a feed from CSV to published marts and Data Docs (default: the first sample day)."""
    install(session)
    arguments = session.posargs or ["--feed", "etl/samples/day_1"]
    session.run("benefits", "pipeline", *arguments)


@nox.session
def checkpoint(session: nox.Session) -> None:
    """Run checkpoints on what is loaded: `nox -s checkpoint -- marts` (default: all three)."""
    install(session)
    session.run("benefits", "check", *session.posargs)


@nox.session
def freshness(session: nox.Session) -> None:
    """Say whether the sources are as new as they must be; posargs go to `benefits freshness`."""
    install(session)
    session.run("benefits", "freshness", *session.posargs)


@nox.session
def incident(session: nox.Session) -> None:
    """Replay the incident: every dbt test green and the marts wrong, then stopped by our checks."""
    install(session)
    session.run("benefits", "incident", *session.posargs)


@nox.session
def report(session: nox.Session) -> None:
    """Say where the Data Docs are; `nox -s report -- --open` opens them."""
    install(session)
    session.run("benefits", "report", *session.posargs)


@nox.session
def dbt_docs(session: nox.Session) -> None:
    """Draw docs/lineage.svg and write dbt's documentation as one page; `-- --open` opens it."""
    install(session)
    session.run("benefits", "docs", "--lineage", "docs/lineage.svg")
    session.run("benefits", "docs", *session.posargs)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests, with branch coverage on the first Python; posargs go to pytest instead."""
    install(session, "tests")
    if session.posargs:
        session.run("pytest", *session.posargs)
        return
    # what no version of Python changes runs once; what is traced takes up to twice as long
    if session.python != PYTHONS[0]:
        session.run("pytest", "-n", "2", "-m", "not slow and not once")
        return
    traced = ["--cov", "--cov-report=term", "--cov-fail-under=90"]
    session.run("pytest", "-n", "2", "-m", "not slow", *traced)
    # homes and stories are made once for a file: a file stays with one worker
    session.run("pytest", "-n", "2", "-m", "slow", "--dist", "loadfile")


@nox.session
def month(session: nox.Session) -> None:
    """A month replayed run by run, with the incident on its day 20: three minutes."""
    install(session, "tests")
    session.run("pytest", "tests/test_replayed_month.py", env={"BENEFITS_MONTH": "1"})


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types and SQL: ruff, mypy --strict, sqlfluff."""
    install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    sql = ["dbt/models", "dbt/tests", "dbt/incident"]
    session.run("sqlfluff", "lint", "--disable-progress-bar", *sql)


@nox.session
def audit(session: nox.Session) -> None:
    """Look the installed packages up in the list of known faults; a note where it is offline."""
    install(session, "audit")
    report = Path(session.create_tmp()).resolve() / "audit.json"
    report.unlink(missing_ok=True)
    arguments = ["--skip-editable", "--progress-spinner", "off", "--timeout", "20"]
    told = ["--format", "json", "--output", str(report)]
    # 1 is what it ends on for a known fault, and for a network that is not there
    session.run("pip-audit", *arguments, *told, *session.posargs, success_codes=[0, 1], silent=True)
    looked_at = json.loads(report.read_text())["dependencies"] if report.exists() else []
    answered = [package for package in looked_at if "vulns" in package]
    session.log(f"{len(answered)} of {len(looked_at)} packages were looked up")
    for package in answered:
        for fault in package["vulns"]:
            mended = ", ".join(fault["fix_versions"]) or "none yet"
            session.log(
                f"{package['name']} {package['version']}: {fault['id']}, mended in {mended}"
            )
    if any(package["vulns"] for package in answered):
        session.error("packages with known faults are installed; raise their ranges in pyproject")
    if len(answered) < len(looked_at) or not answered:
        session.warn("NOT AUDITED in full: the list of known faults cannot be reached from here")


@nox.session
def bench(session: nox.Session) -> None:
    """Time each stage; `-- data-docs`: Data Docs as runs add up; `-- anomalies`: the monitors."""
    install(session, "bench")
    script, arguments = "run.py", list(session.posargs)
    if arguments[:1] and arguments[0] in ("data-docs", "anomalies", "monitors"):
        script = f"{arguments.pop(0).replace('-', '_')}.py"
    session.run("python", f"tests/bench/{script}", *arguments, env=dict(os.environ))


@nox.session
def mutations(session: nox.Session) -> None:
    """Break the data under every shipped check, and say which check does not notice."""
    install(session)
    session.run("python", "-m", "tests.mutations", *session.posargs)


@nox.session
def faults(session: nox.Session) -> None:
    """Put each fault into a feed and see it caught; `-- --clean-days 100` wants no false block."""
    install(session)
    session.run("python", "-m", "tests.faults", *session.posargs)

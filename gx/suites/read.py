"""Reads the suites of a layer; every mistake in them is told at once, with file and line."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from gx.errors import SuiteError
from gx.suites.catalogue import refusals
from gx.suites.environment import resolve
from gx.suites.fragments import Fragments
from gx.suites.language import (
    CHECK_WORDS,
    DEFAULT_WORDS,
    PARAMETER,
    SCOPES,
    SEVERITIES,
    SUITE_WORDS,
    USE,
    Check,
    Known,
    Mistake,
    Suite,
    near,
)
from gx.suites.lines import Lined, plain, read_yaml
from gx.suites.sense import nonsense

SCOPE_TOLD = "scope is '{}'; write batch or table."


def load_suites(folder: Path, known: Known | None = None) -> tuple[Suite, ...]:
    """Every suite of a layer's folder, by table name; SuiteError lists all mistakes at once.

    With `known`, the tables, columns and parameters they name must be there.
    """
    suites, mistakes = read_suites(folder, known)
    if mistakes:
        raise SuiteError("\n".join(map(str, mistakes)))
    return suites


def read_suites(
    folder: Path, known: Known | None = None
) -> tuple[tuple[Suite, ...], list[Mistake]]:
    """The suites of a layer's folder as far as they can be read, and every mistake in them."""
    paths = sorted(folder.glob("*.yml"))
    if not paths:
        raise SuiteError(f"{folder}: no suites (*.yml) here, so nothing could be checked.")
    suites: list[Suite] = []
    mistakes: list[Mistake] = []
    try:
        fragments = Fragments(folder.parent / "fragments.yml", mistakes)
    except yaml.YAMLError as error:
        fragments = Fragments(None, mistakes)
        mistakes.append(_unreadable(folder.parent / "fragments.yml", error))
    for path in paths:
        try:
            suite = _Reader(path, fragments, mistakes, known).suite()
        except yaml.YAMLError as error:
            mistakes.append(_unreadable(path, error))
            continue
        suites.append(suite)
        mistakes += nonsense(suite, known)
    # what is wrong with a fragment or a default is found once for each check
    once = dict.fromkeys(mistakes)
    return tuple(suites), sorted(once, key=lambda m: (str(m.path), m.line))


def _unreadable(path: Path, error: yaml.YAMLError) -> Mistake:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", error)
    return Mistake(path, mark.line + 1 if mark else 1, f"not readable as YAML: {problem}.")


class _Reader:
    """Reads one file."""

    def __init__(
        self, path: Path, fragments: Fragments, mistakes: list[Mistake], known: Known | None
    ) -> None:
        self.path = path
        self.fragments = fragments
        self.mistakes = mistakes
        self.environment = known.environment if known else {}
        self.defaults = Lined()
        self.scope = "batch"
        self.owner: str | None = None

    def suite(self) -> Suite:
        content = read_yaml(self.path)
        if not isinstance(content, Lined):
            content = Lined()
        self._known_words(content, SUITE_WORDS)
        table = content.get("table", self.path.stem)
        if table != self.path.stem:
            self._mistake(
                content.line_of("table"),
                f"table is '{table}', but the file is '{self.path.name}'. "
                f"A file is the suite of the table it is named after.",
            )
        self._read_defaults(content)
        self.scope, scope_line = self._suite_scope(content)
        declared = content.get("expect") or []
        if not isinstance(declared, list) or not declared:
            self._mistake(
                content.line_of("expect"), "nothing under 'expect', so nothing would be checked."
            )
            declared = []
        key = content.get("key") or []
        key = [key] if isinstance(key, str) else key
        if not isinstance(key, list) or not all(isinstance(name, str) for name in key):
            self._mistake(content.line_of("key"), "key must be a column, or a list of columns.")
            key = []
        self.owner = content.get("owner")
        if self.owner is not None and not isinstance(self.owner, str):
            self._mistake(content.line_of("owner"), "owner must be a text.")
            self.owner = None
        date = content.get("business_date")
        if date is not None and not isinstance(date, str):
            self._mistake(content.line_of("business_date"), "business_date must be a column.")
            date = None
        tags = self._tags(content)
        return Suite(
            layer=self.path.parent.name,
            table=str(table),
            path=self.path,
            checks=tuple(c for item in declared for c in self._checks(item, content, tags)),
            owner=self.owner,
            key=tuple(key),
            scope=self.scope,
            tags=tags,
            key_line=content.line_of("key"),
            scope_line=scope_line,
            business_date=date,
            date_line=content.line_of("business_date"),
        )

    def _suite_scope(self, content: Lined) -> tuple[str, int]:
        """Which rows the checks look at that do not say so, and the line that says it."""
        scope, line = "batch", content.line
        for source in (content, self.defaults):
            if "scope" in source:
                scope, line = source["scope"], source.line_of("scope")
                if scope not in SCOPES:
                    self._mistake(line, SCOPE_TOLD.format(scope))
                    scope = "batch"
        return scope, line

    def _read_defaults(self, content: Lined) -> None:
        given = content.get("defaults") or Lined()
        if not isinstance(given, Lined):
            self._mistake(content.line_of("defaults"), "defaults must be 'name: value' lines.")
            return
        self._known_words(given, DEFAULT_WORDS)
        self.defaults = given

    def _checks(self, item: Any, suite: Lined, tags: tuple[str, ...]) -> list[Check]:
        if isinstance(item, Lined) and USE in item:
            return [
                self._check(path, name, given, line, tags)
                for path, name, given, line in self.fragments.take(item, self.path)
            ]
        if isinstance(item, str):
            item = _bare(item, suite.line_of("expect"))
        if not isinstance(item, Lined) or len(item) != 1:
            line = item.line if isinstance(item, Lined) else suite.line_of("expect")
            self._mistake(line, "under 'expect', write '- expectation_name:' and its arguments.")
            return []
        [name] = item
        given = item[name] if item[name] is not None else Lined()
        if not isinstance(given, Lined):
            self._mistake(item.line, f"the arguments of {name} must be 'name: value' lines.")
            return []
        return [self._check(self.path, str(name), given, item.line, tags)]

    def _check(
        self,
        path: Path,
        name: str,
        given: Lined,
        line: int,
        tags: tuple[str, ...],
    ) -> Check:
        def said(word: str) -> Any:
            source, file = (given, path) if word in given else (self.defaults, self.path)
            value = source.get(word)
            if value is not None and not isinstance(value, str):
                self._mistake(source.line_of(word), f"{word} of {name} must be a text.", file)
                return None
            return value

        severity = said("severity") or "critical"
        if severity not in SEVERITIES:
            source, file = (given, path) if "severity" in given else (self.defaults, self.path)
            told = f"severity of {name} is '{severity}'; write {', '.join(SEVERITIES)}."
            self._mistake(source.line_of("severity"), told + near(severity, SEVERITIES), file)
        scope = given.get("scope", self.scope)
        if scope not in SCOPES:
            self._mistake(given.line_of("scope"), SCOPE_TOLD.format(scope), path)
            scope = self.scope
        arguments = {k: plain(v) for k, v in given.items() if k not in CHECK_WORDS}
        found = resolve(name, arguments, self.environment)
        wrong = {given.line_of(k): f"{name}: {k}: {told}" for k, told in found.wrong.items()}
        for at, told in wrong.items():
            self._mistake(at, told, path)
        check = Check(
            expectation=name,
            arguments=found.arguments,
            severity=severity,
            notes=said("notes"),
            owner=said("owner") or self.owner,
            requires=said("requires"),
            line=line,
            scope=scope,
            where=self._where(given, path),
            tags=tuple(dict.fromkeys((*tags, *self._tags(self.defaults), *self._tags(given)))),
            path=path,
            lines=given.lines,
            variables=found.variables,
        )
        if severity in SEVERITIES:
            # of a reference that stands for nothing there is no more to say
            stand_ins = {name: {PARAMETER: "today"} for name in found.wrong}
            filled = replace(check, arguments={**check.arguments, **stand_ins})
            refused = [(at, told) for at, told in refusals(filled) if at not in wrong]
            self.mistakes += [Mistake(path, at, told) for at, told in refused]
        return check

    def _where(self, given: Lined, path: Path) -> str | None:
        where = given.get("where")
        if where is not None and not isinstance(where, str):
            self._mistake(given.line_of("where"), "where is a text, as: where: amount > 0.", path)
            return None
        return where

    def _tags(self, given: Lined) -> tuple[str, ...]:
        tags = given.get("tags") or []
        if isinstance(tags, str):
            tags = [tags]
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            self._mistake(given.line_of("tags"), "tags are words: write tags: [money, monthly].")
            return ()
        return tuple(tags)

    def _known_words(self, given: Lined, known: tuple[str, ...]) -> None:
        for name in given:
            if name not in known:
                self._mistake(
                    given.line_of(name), f"'{name}' is not known here.{near(str(name), known)}"
                )

    def _mistake(self, line: int, text: str, path: Path | None = None) -> None:
        self.mistakes.append(Mistake(path or self.path, line, text))


def _bare(name: str, line: int) -> Lined:
    item = Lined()
    item.line, item[name] = line, None
    return item

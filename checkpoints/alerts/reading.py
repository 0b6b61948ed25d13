"""Reads alerts.yml: safe YAML, every mistake at once with its line, secrets from outside alone."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from checkpoints.alerts.config import LIMIT, SEVERITIES, AlertsError, Channel, Config, Quiet, Route
from checkpoints.alerts.words import (
    CHANNEL_WORDS,
    PORTS,
    QUIET_WORDS,
    ROUTE_WORDS,
    TYPES,
    Word,
    is_this_machine,
    quiet_of,
)
from checkpoints.settings import alerts_file, variables
from gx.privacy import without_quotes
from gx.suites.language import ENVIRONMENT, Mistake, near
from gx.suites.lines import Lined, read_yaml

# a file can name these alone, so that none can send another program's secret away
PREFIX = "BENEFITS_ALERTS_"
NAME = re.compile(r"[A-Za-z0-9_-]+")


def load_config(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Config:
    """The channels and routes of alerts.yml, or of the file that BENEFITS_ALERTS names.

    AlertsError tells every mistake in it. No value that stands in it or in a variable is quoted.
    """
    path = path or alerts_file()
    environment = variables(PREFIX) if environment is None else environment
    try:
        content = read_yaml(path)
    except OSError as error:
        raise AlertsError(
            f"{path}: cannot be read ({error.strerror}). Name another file in BENEFITS_ALERTS, or "
            f"unset it."
        ) from None
    except UnicodeDecodeError:
        raise AlertsError(f"{path}: is no text in UTF-8. Save it as that.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        what = without_quotes(getattr(error, "problem", None) or "it is no YAML")
        # what stands there may be a secret, so the line is named and not shown
        raise AlertsError(f"{path}:{line}: this cannot be read as safe YAML ({what}).") from None
    reader = _Reader(path, environment)
    config = reader.config(content)
    if reader.mistakes:
        raise AlertsError("\n".join(map(str, reader.mistakes)))
    return config


class _Reader:
    """Reads one file and gathers what is wrong with it."""

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self.path = path
        self.environment = environment
        self.mistakes: list[Mistake] = []

    def config(self, content: Any) -> Config:
        if not isinstance(content, Lined):
            self._wrong(1, "must be a mapping with channels and routes.")
            return Config()
        self._only(content, ("channels", "routes", "match"), "alerts.yml says")
        channels = content.get("channels") or Lined()
        if not isinstance(channels, Lined):
            self._wrong(content.line_of("channels"), "channels must be a mapping by name.")
            return Config()
        known = tuple(
            channel
            for name, said in channels.items()
            if (channel := self._channel(name, said, channels.line_of(name)))
        )
        names = [str(name) for name in channels]
        match = content.get("match", "all")
        if match not in ("all", "first"):
            self._wrong(content.line_of("match"), "match must be all or first.")
        routes = content.get("routes", [])
        if not isinstance(routes, list):
            self._wrong(content.line_of("routes"), "routes must be a list, each as '- to: NAME'.")
            routes = []
        line = content.line_of("routes")
        found = tuple(r for said in routes if (r := self._route(said, names, line)))
        if "routes" not in content and names:
            found = (Route(tuple(names)),)
        return Config(known, found, match == "first")

    def _channel(self, given: Any, said: Any, line: int) -> Channel | None:
        # YAML makes a truth of yes and off
        name = given if isinstance(given, str) else ""
        if not NAME.fullmatch(name):
            told = (
                "the name of a channel is letters, digits, _ and -, and no word such as yes or off."
            )
            self._wrong(line, told)
        if not isinstance(said, Lined) or said.get("type") not in TYPES:
            at = said.line_of("type") if isinstance(said, Lined) else line
            self._wrong(at, f"channel {name}: type must be one of {', '.join(TYPES)}.")
            return None
        words = TYPES[said["type"]]
        self._only(said, (*CHANNEL_WORDS, *words), f"a channel of type {said['type']} says")
        missing: list[str] = []
        settings = {
            key: self._setting(name, key, word, said, missing) for key, word in words.items()
        }
        named = {
            value[ENVIRONMENT]
            for value in said.values()
            if isinstance(value, Lined) and isinstance(value.get(ENVIRONMENT), str)
        }
        if missing and len(missing) < len(named):
            self._wrong(
                line,
                f"channel {name}: {', '.join(missing)} is not set, and the other variables that "
                f"it names are. Set all of them, or none to leave the channel out.",
            )
        if said["type"] == "email" and not missing:
            self._mail(name, settings, line)
        limit = said.get("limit", LIMIT)
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            self._wrong(
                said.line_of("limit"),
                f"channel {name}: limit must be a whole number above 0: messages an hour.",
            )
            limit = LIMIT
        quiet = self._quiet(name, said)
        return Channel(name, said["type"], settings, tuple(missing), limit, quiet)

    def _setting(self, name: str, key: str, word: Word, said: Lined, missing: list[str]) -> Any:
        line, value = said.line_of(key), said.get(key)
        if value is None:
            if word.default is ...:
                self._wrong(line, f"channel {name}: {key} is missing.")
            return word.default
        variable = None
        if isinstance(value, Lined):
            variable = value.get(ENVIRONMENT)
            rightly = isinstance(variable, str) and variable.startswith(PREFIX)
            if not rightly or len(value) > 1:
                self._wrong(
                    line,
                    f"channel {name}: {key} names a variable as {{{ENVIRONMENT}: {PREFIX}NAME}}, "
                    f"and one that begins with {PREFIX}.",
                )
                return word.default
            value = self.environment.get(str(variable), "").strip()
            if not value:
                missing.append(str(variable))
                return word.default
        elif word.secret:
            self._wrong(
                line,
                f"channel {name}: {key} is a secret and must not stand in a file. Write {key}: "
                f"{{{ENVIRONMENT}: {PREFIX}{key.upper()}}}, set that variable, and take what stood "
                f"here out of use: it may have been copied.",
            )
            return word.default
        try:
            return word.read(value)
        except ValueError as error:
            told = f"{variable} (it is not shown)" if variable else key
            self._wrong(line, f"channel {name}: {told} {error}.")
            return word.default

    def _mail(self, name: str, settings: dict[str, Any], line: int) -> None:
        if settings["port"] is None:
            settings["port"] = PORTS[settings["security"]]
        if (settings["user"] is None) != (settings["password"] is None):
            self._wrong(line, f"channel {name}: user and password are said together, or neither.")
        host = settings["host"]
        if settings["password"] and settings["security"] == "none" and not is_this_machine(host):
            self._wrong(
                line, f"channel {name}: a password is not sent in clear. Say security: starttls."
            )

    def _quiet(self, name: str, said: Lined) -> tuple[Quiet, ...]:
        given = said.get("quiet", [])
        found = []
        for one in given if isinstance(given, list) else [given]:
            line = one.line if isinstance(one, Lined) else said.line_of("quiet")
            if not isinstance(one, Lined):
                self._wrong(line, f"channel {name}: quiet must be said as '- hours: 22:00-07:00'.")
                continue
            self._only(one, QUIET_WORDS, "quiet hours say")
            try:
                found.append(quiet_of(one))
            except ValueError as error:
                self._wrong(line, f"channel {name}: {error}.")
        return tuple(found)

    def _route(self, said: Any, names: list[str], line: int) -> Route | None:
        if not isinstance(said, Lined):
            self._wrong(line, "a route must be said as '- to: NAME'.")
            return None
        self._only(said, ROUTE_WORDS, "a route says")
        lists = {}
        for word in ROUTE_WORDS[:-1]:
            value = said.get(word, [])
            listed = value if isinstance(value, list) else [value]
            if not all(isinstance(one, str) and one for one in listed):
                self._wrong(said.line_of(word), f"{word} of a route must be words.")
                listed = []
            lists[word] = tuple(listed)
        if not lists["to"]:
            self._wrong(said.line_of("to"), "a route needs to: the channels that it leads to.")
        for name in lists["to"]:
            if name not in names:
                told = f"no channel is called '{name}'.{near(name, names)}"
                self._wrong(said.line_of("to"), told)
        severity = said.get("severity", SEVERITIES[0])
        if severity not in SEVERITIES:
            told = f"severity of a route must be one of {', '.join(SEVERITIES)}."
            self._wrong(said.line_of("severity"), told)
            severity = SEVERITIES[0]
        return Route(**lists, severity=severity)

    def _only(self, said: Lined, words: tuple[str, ...], what: str) -> None:
        for word in said:
            if word not in words:
                told = f"{what} {', '.join(words)}; not '{word}'.{near(str(word), words)}"
                self._wrong(said.line_of(word), told)

    def _wrong(self, line: int, text: str) -> None:
        self.mistakes.append(Mistake(self.path, line, text))

"""Fragments: checks that several suites share, written once in fragments.yml beside the layers."""

from pathlib import Path
from typing import Any

from gx.suites.language import USE, Mistake, near
from gx.suites.lines import Lined, read_yaml

Taken = tuple[Path, str, Lined, int]


class Fragments:
    """What fragments.yml holds: by name, a list of checks as they stand under `expect`."""

    def __init__(self, path: Path | None, mistakes: list[Mistake]) -> None:
        self.path = path or Path()
        self.mistakes = mistakes
        self.known: dict[str, list[Lined]] = {}
        if path is None or not path.exists():
            return
        content = read_yaml(path)
        for name, checks in content.items() if isinstance(content, Lined) else ():
            if not isinstance(checks, list) or not all(_is_check(check) for check in checks):
                mistakes.append(
                    Mistake(
                        path,
                        content.line_of(name),
                        f"the fragment {name} must be a list of checks, each as "
                        f"'- expectation_name:' and its arguments.",
                    )
                )
                continue
            self.known[name] = checks

    def take(self, item: Lined, path: Path) -> list[Taken]:
        """The checks that `- use: NAME` stands for: file, expectation, arguments and line of each.

        What stands beside `use` is laid over each of them: an argument, a note, a severity.
        """
        name = item[USE]
        if name not in self.known:
            told = f"no fragment is called '{name}'.{near(str(name), self.known)}"
            self.mistakes.append(Mistake(path, item.line_of(USE), told))
            return []
        return [self._laid_over(check, item, path) for check in self.known[name]]

    def _laid_over(self, check: Lined, item: Lined, path: Path) -> Taken:
        [(expectation, given)] = check.items()
        laid: Lined = Lined()
        laid.line = check.line
        for source in (given or Lined(), item):
            for word, value in source.items():
                if word != USE:
                    laid[word] = value
        # where the suite says something itself, a mistake in it is one of the suite's line
        own = [word for word in item if word != USE]
        if own:
            laid.lines = {word: item.line_of(USE) for word in laid}
            laid.lines.update({word: item.line_of(word) for word in own})
            return path, expectation, laid, item.line_of(USE)
        laid.lines = dict(given.lines) if given else {}
        return self.path, expectation, laid, check.line


def _is_check(check: Any) -> bool:
    if not isinstance(check, Lined) or len(check) != 1:
        return False
    [given] = check.values()
    return given is None or isinstance(given, Lined)

"""YAML that remembers its lines: safe, and a key that is given twice is an error."""

from pathlib import Path
from typing import Any

import yaml


class Lined(dict[Any, Any]):
    """A mapping that knows the line it begins on, and those of its keys."""

    line: int = 1

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[Any, int] = {}

    def line_of(self, key: Any) -> int:
        """Where the key stands, or else the mapping."""
        return self.lines.get(key, self.line)


class _Loader(yaml.SafeLoader):
    """Safe YAML with lines."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Lined:
    loader.flatten_mapping(node)
    made = Lined()
    made.line = node.start_mark.line + 1
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in made:
            raise yaml.constructor.ConstructorError(
                None, None, f"{key!r} is given twice", key_node.start_mark
            )
        made[key] = loader.construct_object(value_node, deep=True)
        made.lines[key] = key_node.start_mark.line + 1
    return made


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> Any:
    """What the file says, its mappings as `Lined`; yaml.YAMLError where it is no safe YAML."""
    return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506  a SafeLoader


def plain(value: Any) -> Any:
    """The value as plain dictionaries and lists."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value

"""A message as each type of channel wants it, from the templates beside this module."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from checkpoints.alerts.message import Message

TEMPLATES = Path(__file__).parent / "templates"
# of a card: what is longer is refused by the service, and nobody would be told
TITLE, TEXT = 140, 2800


def rendered(message: Message, type_of_channel: str) -> dict[str, Any]:
    """What is sent, without any secret: a JSON object, or of an e-mail its subject and texts."""
    if type_of_channel == "email":
        return {
            "subject": cut(_one_line(as_text(message).splitlines()[0]), TITLE),
            "text": as_text(message),
            "html": environment().get_template("email.html.j2").render(m=message),
        }
    template = environment().get_template(f"{type_of_channel}.json.j2")
    made: dict[str, Any] = json.loads(template.render(m=message))
    return made


def as_text(message: Message) -> str:
    """The message as plain text, its first line a title."""
    return environment().get_template("text.txt.j2").render(m=message).strip() + "\n"


@cache
def environment() -> Environment:
    """The templates: pages are escaped, and a misspelt name is an error."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False)
    env.filters["slack"] = slack
    env.filters["teams"] = teams
    env.filters["cut"] = cut
    env.filters["utc"] = utc
    env.globals["TITLE"], env.globals["TEXT"] = TITLE, TEXT
    return env


def slack(text: str) -> str:
    """Text that Slack shows as it is: no link, no name to be called, no bold."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # within a word a mark is none; a space of no width keeps one that begins a word from being one
    return re.sub(r"(?<!\w)([*_~])(?=\S)|(`)", "\\1\\2\u200b", escaped)


def teams(text: str) -> str:
    """Text that a card shows as it is: no link, no list, no bold."""
    return re.sub(r"([\\*\[\]~`]|(?<!\w)_|^[-#>+])", r"\\\1", text)


def cut(text: str, length: int) -> str:
    """The text, or its beginning with a mark that more would follow."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def utc(time: str) -> str:
    """The text with its times made for reading: 2026-03-01 05:56 UTC."""
    return re.sub(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\dZ", r"\1 \2 UTC", time)


def _one_line(text: str) -> str:
    return " ".join(text.split())

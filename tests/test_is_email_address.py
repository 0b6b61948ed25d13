"""What an e-mail address is: in SQL without regular expressions, the document's pattern."""

import re
import sqlite3
from contextlib import closing
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tests.dbt_warehouse import PROJECT

EMAIL = r"^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$"


def sqlite_says_email() -> str:
    """What our macro writes, rendered without dbt: it dispatches to this on SQLite."""
    from jinja2 import Environment

    text = (PROJECT / "macros" / "is_email_address.sql").read_text(encoding="utf-8")
    template = Environment(autoescape=False).from_string(text)
    macro: Any = template.make_module({"return": str}).sqlite__is_email_address
    return f"select {macro('address')} from (select ? as address)"


def sql_verdict(address: str) -> bool:
    with closing(sqlite3.connect(":memory:")) as connection:
        return bool(connection.execute(sqlite_says_email(), (address,)).fetchone()[0])


PART = st.text(alphabet="aZ9.-_%+@ \nä\0[]^*?", max_size=6)
NEAR_MISS = st.builds("{}@{}.{}".format, PART, PART, PART)
# one half right, so that the other decides
MAILBOXES = st.builds("{}@acme.com".format, PART)
DOMAINS = st.builds("ann@{}.com".format, PART)
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.one_of(NEAR_MISS, MAILBOXES, DOMAINS, ANYTHING, st.from_regex(EMAIL)))
@example("ann@acme.com\0junk")
@example("ann@acme.c")
@example("ann@.co")
@example("ann@..co")
@example("ann@a.b.co1")
@example("@acme.com")
@example("ann lee@acme.com")
@example("ann@acme@x.com")
@example("ann@acme.com\n")
def test_an_address_is_one_to_sqlite_if_it_is_one_to_the_documents_pattern(address: str) -> None:
    # over the whole text: Python's $ would let a line end pass behind the address
    assert sql_verdict(address) == bool(re.fullmatch(EMAIL.strip("^$"), address))


def test_no_address_at_all_is_neither() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        assert connection.execute(sqlite_says_email(), (None,)).fetchone() == (None,)

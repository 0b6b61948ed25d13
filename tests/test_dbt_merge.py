"""What the merge writes, and what it refuses, on a project of one small model per test."""

import pytest

from tests.merge_project import Project

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("merge"))


def test_a_merge_updates_known_keys_and_adds_new_ones_column_by_name(project: Project) -> None:
    project.model("by_name", "unique_key='id'")
    project.feed("id, amount, name", [(1, 10, "a"), (2, 20, "b")])
    project.build("by_name")

    project.feed("name, id, amount", [("z", 2, 21), ("c", 3, 30)])
    project.build("by_name")

    assert project.rows("select id, amount, name from marts.by_name order by id") == [
        (1, 10, "a"),
        (2, 21, "z"),
        (3, 30, "c"),
    ]


def test_a_composite_key_names_a_row_by_all_its_columns(project: Project) -> None:
    project.model("composite", "unique_key=['ein', 'kind']")
    project.feed("ein, kind, amount", [("1", "dental", 10), ("1", "vision", 20)])
    project.build("composite")

    project.feed("ein, kind, amount", [("1", "vision", 21), ("2", "vision", 30)])
    project.build("composite")

    assert sorted(project.rows("select * from marts.composite")) == [
        ("1", "dental", 10),
        ("1", "vision", 21),
        ("2", "vision", 30),
    ]


@pytest.mark.parametrize(
    ("setting", "known"),
    [
        ("merge_update_columns=['amount']", (1, 11, "a")),
        ("merge_update_columns=['ID', 'Amount']", (1, 11, "a")),
        ("merge_exclude_columns=['AMOUNT']", (1, 10, "z")),
        ("merge_exclude_columns=['amount', 'name']", (1, 10, "a")),
    ],
)
def test_a_merge_sets_only_the_columns_it_may_and_adds_new_rows_whole(
    project: Project, setting: str, known: tuple[int, int, str]
) -> None:
    project.model("updated", f"unique_key='id', {setting}")
    project.feed("id, Amount, name", [(1, 10, "a")])
    project.build("updated", "--full-refresh")

    project.feed("id, Amount, name", [(1, 11, "z"), (2, 20, "b")])
    project.build("updated")

    assert project.rows("select * from marts.updated order by id") == [known, (2, 20, "b")]


def test_a_batch_that_is_stored_already_is_merged_and_refused_like_any_other(
    project: Project,
) -> None:
    project.model("stored", "unique_key='id', batch_is_stored=true")
    project.feed("id, name", [(1, "a"), (2, "b")])
    project.build("stored")

    project.feed("id, name", [(3, "d"), (2, "c"), (3, "e"), (None, "f")])
    refused = project.run("stored")
    assert refused.refused
    assert "1 value of id is repeated (2 rows), 1 row has no id" in refused.message

    project.feed("id, name", [(3, "d"), (2, "c")])
    project.build("stored")
    assert project.rows("select * from marts.stored order by id") == [(1, "a"), (2, "c"), (3, "d")]


def test_only_a_merge_may_read_its_batch_where_it_is(project: Project) -> None:
    config = "unique_key='id', incremental_strategy='delete+insert'"
    project.model("deleting", config)
    project.feed("id, name", [(1, "a")])
    project.build("deleting")

    # the rows it would read again are those it has deleted
    project.model("deleting", f"{config}, batch_is_stored=true")
    told = project.run("deleting").message
    assert "batch_is_stored goes with incremental_strategy merge, not delete+insert" in told


@pytest.mark.parametrize("config", ["", "unique_key='id', incremental_strategy='append'"])
def test_append_adds_every_row_of_the_batch(project: Project, config: str) -> None:
    project.model("appended", config)
    project.feed("id, name", [(1, "a")])
    project.build("appended", "--full-refresh")
    project.feed("name, id", [("b", 1), ("b", 1)])
    project.build("appended")

    assert project.rows("select * from marts.appended") == [(1, "a"), (1, "b"), (1, "b")]


@pytest.mark.parametrize("strategy", ["delete+insert", "delete_insert"])
def test_delete_insert_replaces_all_rows_of_a_key_by_those_of_the_batch(
    project: Project, strategy: str
) -> None:
    project.model("versions", f"unique_key=['firm', 'person'], incremental_strategy='{strategy}'")
    columns = "firm, person, since"
    project.feed(columns, [("F", "E1", 1), ("F", "E1", 2), ("F", "E2", 1), ("G", "E1", 1)])
    project.build("versions", "--full-refresh")

    project.feed(columns, [("F", "E1", 3), ("F", "E1", 4), ("F", "E1", 5)])
    project.build("versions")

    assert sorted(project.rows("select * from marts.versions")) == [
        ("F", "E1", 3),
        ("F", "E1", 4),
        ("F", "E1", 5),
        ("F", "E2", 1),
        ("G", "E1", 1),
    ]


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (
            "unique_key='id', incremental_strategy='insert_overwrite'",
            "'insert_overwrite' on SQLite",
        ),
        ("incremental_strategy='merge'", "incremental_strategy merge needs a unique_key"),
        ("incremental_strategy='delete+insert'", "delete+insert needs a unique_key"),
        ("unique_key=['id', 'nr']", "unique_key names nr, which the table does not have"),
        (
            "unique_key='id', merge_update_columns=['sum', 'name']",
            "merge_update_columns names sum,",
        ),
        ("unique_key='id', merge_exclude_columns=['nom', 'x']", "exclude_columns names nom, x,"),
        (
            "unique_key='id', merge_update_columns=['id'], merge_exclude_columns=['name']",
            "merge_update_columns and merge_exclude_columns exclude each other",
        ),
        ("unique_key='id', indexes=[{'columns': ['nr']}]", "indexes names nr, which"),
        ("unique_key='id', indexes=[{'columns': ['id'], 'type': 'hash'}]", "an entry of indexes"),
    ],
)
def test_a_config_that_means_nothing_is_an_error_before_anything_is_written(
    project: Project, config: str, told: str
) -> None:
    project.model("configured", config)
    project.feed("id, name", [(1, "a")])

    node = project.run("configured")

    assert f"configured: {told}" in node.message or told in node.message
    assert "configured: " in node.message
    assert not node.refused
    assert project.rows("select * from marts.sqlite_master where name = 'configured'") == []


FAULTY = [(7, "secret", "x"), (7, "secret", "y"), (8, "s", 1), (8, "s", 2), (8, "s", 3)]


@pytest.mark.parametrize("arguments", [(), ("--full-refresh",)])
def test_a_batch_with_repeated_and_missing_keys_is_refused_before_anything_is_written(
    project: Project, arguments: tuple[str, ...]
) -> None:
    project.model("fct_claims", "unique_key=['claim_id', 'kind']")
    columns = "claim_id, kind, amount"
    project.feed(columns, [(7, "secret", "before"), (8, "s", "before")])
    project.build("fct_claims", "--full-refresh")
    before = project.content()

    project.feed(columns, [*FAULTY, (None, "s", 1), (9, None, 1), (1, "new", 1)])
    node = project.run("fct_claims", *arguments)

    assert node.message == (
        "Compilation Error in model fct_claims (models/fct_claims.sql) fct_claims: the merge "
        "refuses this batch: 2 values of (claim_id, kind) are repeated (5 rows), 2 rows have no "
        "claim_id or no kind. Nothing was written. Mend the source, or let the query give one row "
        "for each key."
    )
    assert node.refused
    assert project.content() == before


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("a",), ("a",)], "1 value of id is repeated (2 rows). Nothing"),
        ([("a",), (None,), (None,)], "this batch: 2 rows have no id. Nothing"),
        ([(None,)], "this batch: 1 row has no id. Nothing"),
    ],
)
def test_a_first_build_that_is_refused_leaves_no_table(
    project: Project, rows: list[tuple[str | None]], told: str
) -> None:
    project.model("never_built", "unique_key='id'")
    project.feed("id", rows)

    node = project.run("never_built")

    assert told in node.message
    assert project.rows("select * from marts.sqlite_master where name like 'never_built%'") == []


def test_keys_are_compared_as_the_table_holds_them_and_not_as_the_query_gives_them(
    project: Project,
) -> None:
    project.model("typed_key", "unique_key='id'", types={"id": "varchar(9)", "n": "integer"})
    project.feed("id, n", [("a", 1)])
    project.build("typed_key")

    # as text both are '7', and the later would win unseen
    project.feed("id, n", [(7, 1), ("7", 2)])

    assert "1 value of id is repeated (2 rows)" in project.run("typed_key").message


def test_a_refusal_is_told_whole_even_for_long_names(project: Project) -> None:
    names = [f"a_rather_long_name_of_a_key_column_{n}" for n in (1, 2)]
    project.model("a_model_with_a_rather_long_name_too", f"unique_key={names}")
    project.feed(", ".join(names), [(1, 1), (1, 1), (None, 2)])

    assert project.run("a_model_with_a_rather_long_name_too").message.endswith("for each key.")


def test_delete_insert_takes_an_unknown_member_at_first_and_refuses_missing_keys_later(
    project: Project,
) -> None:
    project.model("members", "unique_key='id', incremental_strategy='delete+insert'")
    project.feed("id, name", [(None, "Unknown"), ("E1", "Ann"), ("E1", "Anna")])
    project.build("members")
    before = project.content()

    project.feed("id, name", [("E1", "Bea"), (None, "Unknown"), (None, "?")])
    node = project.run("members")

    assert "members: the merge refuses this batch: 2 rows have no id." in node.message
    assert node.refused
    assert project.content() == before


def test_a_changed_schema_fails_unless_the_config_says_otherwise(project: Project) -> None:
    old = {"id": "integer", "amount": "double precision", "name": "varchar(9)"}
    project.model("changed", "unique_key='id'", types=old)
    project.feed("id, amount, name", [(1, 1.5, "a")])
    project.build("changed")
    before = project.content()

    new = {"id": "integer", "amount": "varchar(20)", "kind": "text"}
    project.model("changed", "unique_key='id'", types=new)
    project.feed("id, amount, kind", [(2, 2.5, "x")])
    node = project.run("changed")

    assert (
        "changed: the query no longer gives the columns of the table: added kind; lost name; "
        "retyped amount (from double precision to varchar(20)). Nothing was written. "
        "Build the table anew with --full-refresh, or set on_schema_change" in node.message
    )
    assert not node.refused
    assert project.content() == before

    project.build("changed", "--full-refresh")
    assert project.rows("select * from marts.changed") == [(2, "2.5", "x")]


def test_append_new_columns_adds_them_with_their_type_and_leaves_old_rows_without(
    project: Project,
) -> None:
    config = "unique_key='id', on_schema_change='append_new_columns'"
    project.model("grown", config, types={"id": "integer", "name": "text"})
    project.feed("id, name", [(1, "a"), (2, "b")])
    project.build("grown")

    project.model("grown", config, types={"id": "integer", "kind": "varchar(7)"})
    project.feed("kind, id", [("x", 2), (5, 3)])
    project.build("grown")

    assert project.rows("select * from marts.grown order by id") == [
        (1, "a", None),
        (2, "b", "x"),
        (3, None, "5"),
    ]
    assert project.rows("select type from pragma_table_info('grown', 'marts')")[2] == (
        "varchar(7)",
    )


def test_ignore_writes_the_columns_that_both_have(project: Project) -> None:
    project.model("ignored", "unique_key='id', on_schema_change='ignore'")
    project.feed("id, name, amount", [(1, "a", 1), (2, "b", 2)])
    project.build("ignored")
    project.feed("kind, amount, id", [("x", 20, 2), ("y", 30, 3)])
    project.build("ignored")

    assert project.rows("select id, name, amount from marts.ignored order by id") == [
        (1, "a", 1),
        (2, "b", 20),
        (3, None, 30),
    ]


def test_sync_all_columns_is_refused_with_what_there_is(project: Project) -> None:
    project.model("synced", "unique_key='id', on_schema_change='sync_all_columns'")
    project.feed("id", [(1,)])

    assert (
        "synced: there is no on_schema_change 'sync_all_columns' on SQLite. "
        "Use fail, append_new_columns or ignore." in project.run("synced").message
    )


@pytest.mark.parametrize("materialized", ["incremental", "table"])
def test_a_table_has_the_columns_of_its_yaml_in_their_order_and_types(
    project: Project, materialized: str
) -> None:
    name = f"typed_{materialized}"
    types = {"order": "varchar(9)", "day": "date", "id": "bigint"}
    project.model(name, f"materialized='{materialized}', unique_key='id'", types=types)
    project.feed('id, day, "order"', [("1", "2024-01-01", 5)])
    project.build(name)
    project.build(name)

    assert project.rows(f"select name, type from pragma_table_info('{name}', 'marts')") == list(
        types.items()
    )
    assert project.rows(f"select * from marts.{name}") == [("5", "2024-01-01", 1)]

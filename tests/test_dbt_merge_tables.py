"""Indexes, descriptions, hooks and transactions of the tables this project's macros make."""

import pytest

from tests.merge_project import Project

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("merge"))


@pytest.mark.parametrize("materialized", ["incremental", "table"])
def test_indexes_are_made_as_declared(project: Project, materialized: str) -> None:
    name = f"indexed_{materialized}"
    indexes = "[{'columns': ['b', 'a']}, {'columns': ['c'], 'unique': true}]"
    project.model(name, f"materialized='{materialized}', indexes={indexes}")
    project.feed("a, b, c", [(1, 1, 1)])
    project.build(name)

    assert project.indexes(name) == {f"{name}_by_b_a": "b, a", f"{name}_by_c": "unique c"}


def test_an_increment_drops_and_makes_indexes_until_they_are_those_declared(
    project: Project,
) -> None:
    project.model("reindexed", "unique_key='a', indexes=[{'columns': ['b']}, {'columns': ['c']}]")
    project.feed("a, b, c", [(1, 1, 1)])
    project.build("reindexed")
    project.execute("create index reindexed_of_an_analyst on reindexed (c, b)")

    # another key, an index that is now unique, one that is gone and one that is new
    indexes = "[{'columns': ['b'], 'unique': true}, {'columns': ['c', 'a']}]"
    project.model("reindexed", f"unique_key=['a', 'c'], indexes={indexes}")
    project.feed("a, b, c", [(1, 1, 1), (1, 2, 2)])
    project.build("reindexed")

    assert project.indexes("reindexed") == {
        "reindexed_key": "unique a, c",
        "reindexed_by_b": "unique b",
        "reindexed_by_c_a": "c, a",
        "reindexed_of_an_analyst": "c, b",
    }
    assert project.rows("select * from marts.reindexed") == [(1, 1, 1), (1, 2, 2)]


def test_a_changed_key_that_the_rows_in_place_repeat_is_refused(project: Project) -> None:
    project.model("rekeyed", "unique_key='a'")
    project.feed("a, b", [(1, 1), (2, 1), (3, None)])
    project.build("rekeyed")
    before = project.content()

    project.model("rekeyed", "unique_key='b'")
    project.feed("a, b", [(9, 9)])
    node = project.run("rekeyed")

    assert (
        "rekeyed: the merge refuses the rows rekeyed has: 1 value of b is repeated (2 rows), "
        "1 row has no b. Nothing was written. Build the table anew with --full-refresh, "
        "or put the unique_key back." in node.message
    )
    assert node.refused
    assert project.content() == before


def test_a_table_of_the_former_materialization_is_merged_into_as_it_stands(
    project: Project,
) -> None:
    project.execute(
        "create table former as select 'C1' as claim_id, 10.0 as amount",
        "create unique index former_claim_id on former (claim_id)",
        "create index former_amount on former (amount)",
    )
    types = {"claim_id": "varchar(255)", "amount": "double precision"}
    project.model("former", "unique_key='claim_id', indexes=[{'columns': ['amount']}]", types=types)
    project.feed("claim_id, amount", [("C1", 11.0), ("C2", 20.0)])
    project.build("former")

    assert project.rows("select * from marts.former") == [("C1", 11.0), ("C2", 20.0)]
    # they serve; a second one on the same columns would only cost
    assert project.indexes("former") == {
        "former_claim_id": "unique claim_id",
        "former_amount": "amount",
    }


@pytest.mark.parametrize(
    "index",
    ["(id) where id > 5", "(lower(id))", "(id collate nocase)"],
)
def test_an_index_that_holds_less_than_the_key_does_not_stand_in_for_it(
    project: Project, index: str
) -> None:
    project.execute(
        "drop table if exists partly",
        "create table partly (id text)",
        f"create unique index partly_of_old on partly {index}",
    )
    project.model("partly", "unique_key='id'")
    project.feed("id text", [("1",)])
    project.build("partly")

    assert project.indexes("partly")["partly_key"] == "unique id"


DOCUMENTED = """description: It's a table.
    config: {persist_docs: {relation: true, columns: true}}
    columns:
      - {name: id, description: The key.}
      - {name: name, description: "A name; 100% :made up."}
      - {name: absent, description: Not in the table.}"""


@pytest.mark.parametrize("materialized", ["incremental", "table", "view"])
def test_descriptions_are_kept_beside_the_tables_and_follow_the_yaml(
    project: Project, materialized: str
) -> None:
    name = f"told_{materialized}"
    # a view can read its own file only
    config = f"materialized='{materialized}', schema='main'"
    project.feed("id, name", [(1, "a")])
    project.model(name, config, yaml=DOCUMENTED)
    project.build(name)
    said = f"select column_name, comment from main.dbt_comments where table_name = '{name}'"

    assert sorted(project.rows(said)) == [
        ("", "It's a table."),
        ("id", "The key."),
        ("name", "A name; 100% :made up."),
    ]

    project.model(name, config, yaml=DOCUMENTED.replace("The key", "A key").replace("name,", "x,"))
    project.build(name)

    assert sorted(project.rows(said)) == [("", "It's a table."), ("id", "A key.")]


def test_descriptions_stay_in_the_yaml_unless_asked_for(project: Project) -> None:
    project.model("untold", "", yaml="description: A table.")
    project.feed("id", [(1,)])
    project.build("untold")

    assert project.rows("select * from marts.sqlite_master where name = 'dbt_comments'") == []


# vacuum fails inside of a transaction, also of one that a query of a macro began
OUTSIDE = (
    "pre_hook={'sql': '{{ merge_begin() }}vacuum marts', 'transaction': false},"
    " post_hook={'sql': 'vacuum marts', 'transaction': false}"
)


@pytest.mark.parametrize("materialized", ["incremental", "table", "view"])
def test_hooks_without_a_transaction_run_before_and_after_it(
    project: Project, materialized: str
) -> None:
    name = f"vacuumed_{materialized}"
    schema = "main" if materialized == "view" else "marts"
    project.model(name, f"materialized='{materialized}', schema='{schema}', {OUTSIDE}")
    project.feed("id", [(1,)])
    project.build(name)
    project.build(name)

    project.model(
        name, f"materialized='{materialized}', schema='{schema}', pre_hook='vacuum marts'"
    )
    assert "cannot VACUUM from within a transaction" in project.run(name).message


def test_what_a_hook_writes_outside_of_the_transaction_stays_and_inside_goes_with_it(
    project: Project,
) -> None:
    project.model(
        "logged",
        "pre_hook=[{'sql': \"insert into marts.log values ('outside, before')\","
        " 'transaction': false}, \"insert into marts.log values ('inside')\"],"
        " post_hook={'sql': \"insert into marts.log values ('outside, after')\","
        " 'transaction': false}, unique_key='id'",
    )
    project.execute("create table log (said)")
    project.feed("id", [(1,), (1,)])
    assert project.run("logged").refused

    assert project.rows("select * from marts.log") == [("outside, before",)]

    project.feed("id", [(1,)])
    project.build("logged")

    assert project.rows("select * from marts.log")[1:] == [
        ("outside, before",),
        ("inside",),
        ("outside, after",),
    ]


@pytest.mark.parametrize(
    ("materialized", "arguments"),
    [("incremental", ()), ("incremental", ("--full-refresh",)), ("table", ())],
)
def test_a_post_hook_that_fails_leaves_the_mart_as_it_was(
    project: Project, materialized: str, arguments: tuple[str, ...]
) -> None:
    name = f"hooked_{materialized}"
    config = f"materialized='{materialized}', unique_key='id'"
    project.model(name, config)
    project.feed("id, name", [(1, "a")])
    project.build(name)
    before = project.content()

    project.model(name, config + ", post_hook='select * from marts.absent'")
    project.feed("id, name", [(1, "z"), (2, "b")])

    assert "no such table: marts.absent" in project.run(name, *arguments).message
    assert project.content() == before


@pytest.mark.parametrize("arguments", [(), ("--full-refresh",)])
def test_a_build_that_is_killed_leaves_the_mart_as_it_was(
    project: Project, arguments: tuple[str, ...]
) -> None:
    # so little memory that the file is half written by then
    project.model("killed", "unique_key='id', pre_hook='pragma marts.cache_size = 5'")
    project.feed("id, name", [(n, "a" * 200) for n in range(2000)])
    project.build("killed", "--full-refresh")
    before, file = project.content(), project.marts.read_bytes()

    project.feed("id, name", [(n, "z" * 200) for n in range(3000)])
    project.killed_at_commit("killed", *arguments)

    assert project.marts.read_bytes() != file
    assert project.content() == before


def test_a_table_that_cannot_be_built_stays_as_it_was(project: Project) -> None:
    project.model("kept", "materialized='table'")
    project.feed("id", [(1,)])
    project.build("kept")
    before = project.content()

    project.model("kept", "materialized='table'", query="select abs(-9223372036854775808) as id")

    assert "integer overflow" in project.run("kept").message
    assert project.content() == before


@pytest.mark.parametrize(("before", "after"), [("view", "incremental"), ("incremental", "table")])
def test_a_model_can_change_its_materialization(project: Project, before: str, after: str) -> None:
    name = f"{before}_then_{after}"
    project.feed("id", [(1,)])
    project.model(name, f"materialized='{before}', schema='main'")
    project.build(name)
    project.model(name, f"materialized='{after}', schema='main'")
    project.build(name)

    assert project.rows(f"select type from main.sqlite_master where name = '{name}'") == [
        ("table",)
    ]


def test_sorting_takes_two_threads_and_leaves_the_cache_of_main_as_the_model_set_it(
    project: Project,
) -> None:
    project.model(
        "sorted",
        "unique_key='id', pre_hook='pragma main.cache_size = -7000', post_hook='create table"
        " marts.seen as select threads, cache_size from pragma_threads, pragma_cache_size'",
    )
    project.feed("id", [(1,)])
    project.build("sorted")

    assert project.rows("select * from marts.seen") == [(2, -7000)]

"""A sample keeps people: each with all of their rows and claims, byte for byte, or not at all."""

import csv
from collections import Counter
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.clean import WHITE_SPACE
from etl.errors import FeedError
from etl.generate import generate_feed
from etl.read import read_blocks
from etl.sample import Draw, Kept, sample_feed
from tests.feeds import CLAIM, EMPLOYEE, write_feed
from tests.homes import DAY_1, benefits, pipeline, query

pytestmark = pytest.mark.once

EMPLOYEES, CLAIMS = "employees_raw.csv", "claims_raw.csv"
PEOPLE = [{"person_id": f"E{n}"} for n in range(40)]


def column(file: Path, name: str) -> list[str]:
    with file.open(encoding="utf-8", newline="") as lines:
        return [row[name].strip(WHITE_SPACE) for row in csv.DictReader(lines, strict=True)]


def test_each_person_of_the_sample_has_the_rows_and_claims_they_have_in_the_feed(
    tmp_path: Path,
) -> None:
    feed, out = tmp_path / "feed", tmp_path / "out"
    generate_feed(feed, claims=3000, employees=200, days=5, seed=7)

    made = sample_feed(feed, out, share=0.1)

    drawn = set(column(out / EMPLOYEES, "person_id"))
    assert made.people == Kept(len(drawn), 200)
    assert 5 <= len(drawn) <= 40
    strangers = set(column(feed / CLAIMS, "person_id")) - set(column(feed / EMPLOYEES, "person_id"))
    assert set(column(out / CLAIMS, "person_id")) <= drawn | strangers
    for file in (EMPLOYEES, CLAIMS):
        whole = Counter(column(feed / file, "person_id"))
        held = Counter(column(out / file, "person_id"))
        assert {p: held[p] for p in drawn} == {p: whole[p] for p in drawn}


# text that makes rows run over lines; too short to look like a row of its own
TEXT = st.text(alphabet='ab ,"\n\r\u00e4', max_size=4)
PERSON = st.sampled_from(["E1", "E2", " E2\t", "E3", "\u00a0E4", "E5", ""])
LINE_END = st.sampled_from(["\n", "\r\n", "\n\n"])
ROW = st.tuples(PERSON, TEXT, LINE_END, st.integers(0, 9).map(lambda number: number == 0))


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    people=st.lists(ROW, min_size=1),
    claims=st.lists(ROW),
    share=st.floats(0.2, 1.0),
    seed=st.integers(0, 99),
    ends=st.booleans(),
)
def test_what_is_kept_is_the_very_bytes_of_whoever_is_drawn(
    tmp_path_factory: pytest.TempPathFactory,
    people: list[tuple[str, str, str, bool]],
    claims: list[tuple[str, str, str, bool]],
    share: float,
    seed: int,
    ends: bool,
) -> None:
    draw = Draw(share, seed)
    written: dict[str, str] = {}
    wanted: dict[str, str] = {}
    for file, header, rows in ((EMPLOYEES, EMPLOYEE, people), (CLAIMS, CLAIM, claims)):
        written[file] = wanted[file] = "\ufeff" + ",".join(header) + "\r\n"
        for number, (person, text, end, broken) in enumerate(rows):
            end = end if ends or number < len(rows) - 1 else ""
            last = quoted(text)
            if file == EMPLOYEES:
                key, line = "2024-01-01", f"{quoted(person)},n,t,e,1,2024-01-01,{last}"
            else:
                key = f"C{number}"
                line = f"{key},{quoted(person)},1,2024-01-01,1.00,{last}"
            if broken:
                written[file] += f"no row{end}"
                continue
            written[file] += line + end
            wanted[file] += line + end if draw.takes(person.strip(WHITE_SPACE) or key) else ""
    folder = tmp_path_factory.mktemp("sample")
    feed = write_feed(folder / "feed", employees=written[EMPLOYEES], claims=written[CLAIMS])
    someone = any(draw.takes(p.strip(WHITE_SPACE)) for p, *_, broken in people if p and not broken)

    # blocks of a few rows: which lines a row has does not depend on where one ends
    with patch("etl.sample.read_blocks", partial(read_blocks, block_bytes=90, part_bytes=30)):
        if not someone:
            with pytest.raises(FeedError, match="not one of"):
                sample_feed(feed, folder / "out", share=share, seed=seed)
            return
        made = sample_feed(feed, folder / "out", share=share, seed=seed)

    for file in (EMPLOYEES, CLAIMS):
        assert (folder / "out" / file).read_bytes() == wanted[file].encode()
    assert made.left_out == sum(broken for *_, broken in [*people, *claims])


def test_the_same_seed_draws_the_same_people_and_another_draws_others(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed", employees=PEOPLE)
    drawn = []
    for name, seed in (("a", 1), ("again", 1), ("b", 2)):
        sample_feed(feed, tmp_path / name, share=0.2, seed=seed)
        drawn.append(column(tmp_path / name / EMPLOYEES, "person_id"))

    # written down, so that a sample made today is the one made on any other machine
    assert drawn[0] == drawn[1] == ["E0", "E3", "E7", "E13", "E25", "E26", "E36"]
    assert drawn[2] != drawn[0]


def test_about_as_many_people_are_drawn_as_the_share_says() -> None:
    draw = Draw(0.01, seed=3)

    assert 900 < sum(draw.takes(f"P{n:06}") for n in range(100_000)) < 1100


def test_claims_without_a_person_are_drawn_one_by_one_and_copies_of_one_together(
    tmp_path: Path,
) -> None:
    claims = [{"claim_id": f"C{n % 200}", "person_id": ""} for n in range(400)]
    feed = write_feed(tmp_path / "feed", employees=PEOPLE, claims=claims)

    sample_feed(feed, tmp_path / "out", share=0.25)

    held = Counter(column(tmp_path / "out" / CLAIMS, "claim_id"))
    assert set(held.values()) == {2}
    assert 30 <= len(held) <= 70


def test_plans_and_lookup_are_whole(tmp_path: Path) -> None:
    sample_feed(DAY_1, tmp_path / "out", share=0.1)

    for name in ("plans_raw.csv", "company_lookup.json"):
        assert (tmp_path / "out" / name).read_bytes() == (DAY_1 / name).read_bytes()


def test_a_sample_goes_through_the_pipeline_and_its_people_have_the_claims_they_had(
    home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "sample"

    made = benefits("sample", DAY_1, "--share", "0.4", "--seed", "2", "--out", out)
    ran = pipeline(out, tmp_path / "home")

    assert made.code == 0, made.text
    assert ran.code == 0, ran.text
    joined = (
        "select employee_id, employee_surrogate_key, plan_surrogate_key, count(*), sum(amount)"
        " from fct_claims where employee_surrogate_key <> '-1' group by 1, 2, 3 order by 1, 2, 3"
    )
    held = query(tmp_path / "home" / "marts.db", joined)
    people = {row[0] for row in held}
    assert len(people) > 20
    assert held == [row for row in query(home / "marts.db", joined) if row[0] in people]


def test_the_command_says_how_much_it_kept_and_what_it_could_not_read(tmp_path: Path) -> None:
    claims = f"{','.join(CLAIM)}\nC1,E1,1,2024-01-01,1.00,Dental\nbroken\n"
    feed = write_feed(tmp_path / "feed", claims=claims)

    ran = benefits("sample", feed, "--share", "1", "--out", tmp_path / "out")

    assert ran.code == 0
    assert "1 of 1 people, 1 of 1 employee rows, 1 of 1 claims" in ran.text
    assert "Left out: 1 line that cannot be read as a row" in ran.text
    assert (tmp_path / "out" / CLAIMS).read_text() == claims.removesuffix("broken\n")


def test_claims_without_person_id_are_refused_with_the_reason(tmp_path: Path) -> None:
    claims = "claim_id,company_ein,service_date,amount,claim_type\nC1,1,2024-01-01,1.00,Dental\n"
    feed = write_feed(tmp_path / "feed", claims=claims)

    ran = benefits("sample", feed, "--share", "0.5", "--out", tmp_path / "out")

    assert ran.code == 2
    assert "claims_raw.csv: the file has no person_id" in ran.text
    assert "would break every join" in ran.text
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("share", ["0", "-0.1", "1.01", "nan"])
def test_a_share_that_is_none_is_refused(tmp_path: Path, share: str) -> None:
    ran = benefits("sample", DAY_1, "--share", share, "--out", tmp_path / "out")

    assert ran.code == 2
    assert "above 0 and at most 1" in ran.text
    assert not (tmp_path / "out").exists()


def test_a_folder_in_use_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious", encoding="utf-8")

    ran = benefits("sample", DAY_1, "--share", "0.5", "--out", tmp_path)

    assert ran.code == 2
    assert "is not empty" in ran.text
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_share_into_which_nobody_falls_writes_nothing(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed", employees=PEOPLE[:2])

    ran = benefits("sample", feed, "--share", "0.000001", "--out", tmp_path / "out")

    assert ran.code == 2
    assert "not one of 2 people" in ran.text
    assert "E0" not in ran.text
    assert [p.name for p in tmp_path.iterdir()] == ["feed"]

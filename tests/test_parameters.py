"""Parameters of the suites: the design document's figures, and what the environment may change."""

import re

import pytest

from checkpoints.errors import HomeError
from checkpoints.settings import parameters


def test_the_design_documents_figures_are_the_defaults() -> None:
    found = parameters({})

    assert found["max_amount"] == 1_000_000
    assert (found["min_mean_amount"], found["max_mean_amount"]) == (50, 5_000)
    assert (found["min_daily_claims"], found["max_daily_claims"]) == (100, 50_000)
    assert found["max_fan_out"] == 1.1
    assert found["plan_types"] == ["Medical", "Dental", "Vision"]
    assert found["email_regex"] == r"^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$"


def test_every_parameter_is_used_by_a_suite() -> None:
    from checkpoints.suites import load_all
    from gx.suites.language import PARAMETER

    used = {
        value[PARAMETER]
        for suite in load_all()
        for check in suite.checks
        for value in check.arguments.values()
        if isinstance(value, dict) and PARAMETER in value
    }

    # what the run itself reads
    by_the_run = {"freshness_gate", "monitor_minimum_days", "monitor_sensitivity"}
    assert used | by_the_run == set(parameters({}))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("plan_types", "Medical, Life ,", ["Medical", "Life"]),
        ("plan_types", "Medical", ["Medical"]),
        ("email_regex", "^[^@]+@example[.]org$", "^[^@]+@example[.]org$"),
        ("max_fan_out", "2", 2.0),
    ],
)
def test_the_environment_gives_a_parameter_a_value_of_its_own_type(
    name: str, text: str, value: object
) -> None:
    assert parameters({f"BENEFITS_{name.upper()}": text})[name] == value


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("plan_types", " , ", "words, parted by commas"),
        ("email_regex", "", "a text"),
        ("max_fan_out", "few", "a number"),
        ("max_fan_out", "nan", "a number"),
    ],
)
def test_what_is_no_such_value_is_refused_and_it_is_said_what_to_give(
    name: str, text: str, wanted: str
) -> None:
    variable = f"BENEFITS_{name.upper()}"

    with pytest.raises(HomeError, match=re.escape(f"{variable} is not {wanted}; ")):
        parameters({variable: text})

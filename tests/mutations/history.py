"""What monitors of a copied home judge by: other days, and what the run took."""

from pathlib import Path

from checkpoints.history import Metrics
from gx.outcome import TableResult
from gx.suites import Suite
from tests.mutations.ground import BATCH_ID
from tests.usual_days import note_usual_days

COST = "expect_no_cost_anomalies"
# seconds that a model or stage takes: a copy of two databases is checked, and nothing is built
USUALLY_SPENT = 10.0

Spent = dict[str, dict[str, float]]


def usually_spent(suite: Suite) -> Spent:
    """What a run takes for the models and stages that the suite has monitors of."""
    spent: Spent = {}
    for check in suite.checks:
        if check.expectation == COST:
            unit = check.arguments.get("measure_of", "seconds")
            spent.setdefault(str(check.arguments["of"]), {})[unit] = USUALLY_SPENT
    return spent


def given_history(quality: Path, found: TableResult) -> bool:
    """Keep four weeks of days like the sample; False where its table has no monitor."""
    return note_usual_days(quality, Metrics(quality).days()[BATCH_ID], found)

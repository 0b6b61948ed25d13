"""Our own expectations. Importing this package registers them with Great Expectations.

A suite must not be read before: Great Expectations drops an expectation it does not know.
"""

from gx.expectations.keys import ExpectForeignKeyToResolve, ExpectKeyToBeUnique
from gx.expectations.numeric import (
    ExpectColumnMeanToBeBetween,
    ExpectColumnStdevToBeBetween,
    ExpectColumnSumToBeBetween,
)
from gx.expectations.patterns import ExpectColumnValuesToMatchGlob
from gx.expectations.reconcile import (
    ExpectBatchToBeComplete,
    ExpectMoneyToReconcile,
    ExpectRowsToReconcile,
    ExpectTotalsToReconcile,
)
from gx.expectations.shares import ExpectRejectedShareToBeAtMost, ExpectUnknownMemberShareToBeAtMost

OWN = (
    ExpectBatchToBeComplete,
    ExpectColumnValuesToMatchGlob,
    ExpectForeignKeyToResolve,
    ExpectKeyToBeUnique,
    ExpectMoneyToReconcile,
    ExpectRejectedShareToBeAtMost,
    ExpectRowsToReconcile,
    ExpectTotalsToReconcile,
    ExpectUnknownMemberShareToBeAtMost,
)

# these stand in for the stock expectations of the same name
STRICTER = (ExpectColumnMeanToBeBetween, ExpectColumnStdevToBeBetween, ExpectColumnSumToBeBetween)

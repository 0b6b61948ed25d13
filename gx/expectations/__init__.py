"""Our own expectations. Importing this package registers them with Great Expectations.

A suite must not be read before: Great Expectations drops an expectation it does not know.
"""

from gx.expectations.agree import ExpectColumnToAgreeWithParent
from gx.expectations.columns import ExpectColumnsToBeAsDeclared
from gx.expectations.control import ExpectControlTotalsToAgree
from gx.expectations.dates import ExpectDatesNotToBeInTheFuture
from gx.expectations.fanout import ExpectFanOutRatioToBeAtMost
from gx.expectations.keys import ExpectForeignKeyToResolve, ExpectKeyToBeUnique
from gx.expectations.monitor_of_ages import ExpectNoFreshnessAnomalies
from gx.expectations.monitor_of_columns import ExpectNoSchemaChange
from gx.expectations.monitor_of_cost import ExpectNoCostAnomalies
from gx.expectations.monitors import (
    ExpectNoDistinctRateAnomalies,
    ExpectNoJoinCardinalityAnomalies,
    ExpectNoMetricAnomalies,
    ExpectNoNullRateAnomalies,
    ExpectNoVolumeAnomalies,
)
from gx.expectations.monitors_of_sets import ExpectNoDimensionAnomalies
from gx.expectations.numeric import (
    ExpectColumnMeanToBeBetween,
    ExpectColumnStdevToBeBetween,
    ExpectColumnSumToBeBetween,
)
from gx.expectations.patterns import ExpectColumnValuesToMatchGlob
from gx.expectations.per_key import ExpectMoneyPerKeyToReconcile
from gx.expectations.periods import ExpectPeriodsNotToOverlap
from gx.expectations.quantiles import ExpectColumnQuantileValuesToBeBetween
from gx.expectations.reconcile import (
    ExpectBatchToBeComplete,
    ExpectMoneyToReconcile,
    ExpectRowsToReconcile,
    ExpectTotalsToReconcile,
)
from gx.expectations.shares import ExpectRejectedShareToBeAtMost, ExpectUnknownMemberShareToBeAtMost

OWN = (
    ExpectBatchToBeComplete,
    ExpectColumnToAgreeWithParent,
    ExpectColumnValuesToMatchGlob,
    ExpectColumnsToBeAsDeclared,
    ExpectControlTotalsToAgree,
    ExpectDatesNotToBeInTheFuture,
    ExpectFanOutRatioToBeAtMost,
    ExpectForeignKeyToResolve,
    ExpectKeyToBeUnique,
    ExpectMoneyPerKeyToReconcile,
    ExpectMoneyToReconcile,
    ExpectNoCostAnomalies,
    ExpectNoDimensionAnomalies,
    ExpectNoDistinctRateAnomalies,
    ExpectNoFreshnessAnomalies,
    ExpectNoJoinCardinalityAnomalies,
    ExpectNoMetricAnomalies,
    ExpectNoNullRateAnomalies,
    ExpectNoSchemaChange,
    ExpectNoVolumeAnomalies,
    ExpectPeriodsNotToOverlap,
    ExpectRejectedShareToBeAtMost,
    ExpectRowsToReconcile,
    ExpectTotalsToReconcile,
    ExpectUnknownMemberShareToBeAtMost,
)

# these stand in for the stock expectations of the same name
STRICTER = (
    ExpectColumnMeanToBeBetween,
    ExpectColumnQuantileValuesToBeBetween,
    ExpectColumnStdevToBeBetween,
    ExpectColumnSumToBeBetween,
)

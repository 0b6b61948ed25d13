"""What the design document says, as it says it, for the tests that show where it cannot work.

Changed only where SQLite could not run it for another reason than the one to be shown: a `source`
or `ref` is a table of that name, the key of dbt_utils two columns side by side.
"""

import sqlite3

# section 2; the filter of section 3 where {increment} stands
DIM_EMPLOYEES = """
SELECT
    employee_id || '|' || start_date AS employee_surrogate_key,
    employee_id,
    full_name,
    email,
    title,
    company_ein,
    start_date AS _valid_from,
    LEAD(start_date) OVER (PARTITION BY employee_id ORDER BY start_date) AS _valid_to,
    CASE WHEN _valid_to IS NULL THEN TRUE ELSE FALSE END AS is_current,
    CURRENT_TIMESTAMP AS _dbt_updated_at
FROM {source}
"""
ALIAS_BESIDE_ITSELF = """
    CASE WHEN _valid_to IS NULL THEN TRUE ELSE FALSE END AS is_current,"""
# so that the other faults of the model can be seen: the alias in a step of its own
DIM_EMPLOYEES_MENDED = (
    "SELECT *, CASE WHEN _valid_to IS NULL THEN TRUE ELSE FALSE END AS is_current FROM ("
    + DIM_EMPLOYEES.replace(ALIAS_BESIDE_ITSELF, "")
    + ")"
)

FCT_CLAIMS = """
SELECT
    claim_id,
    employee_surrogate_key,
    plan_surrogate_key,
    company_ein,
    service_date,
    amount,
    claim_type,
    CURRENT_TIMESTAMP AS _dbt_updated_at
FROM int_claims_enriched
"""
FCT_CLAIMS_INCREMENT = "WHERE service_date > (SELECT MAX(service_date) FROM fct_claims)"

# section 2 in words: "joins on company_ein", "with date-range overlap logic", "with plan context"
CLAIMS_TIMES_EMPLOYEES = """
SELECT claims.claim_id, claims.amount
FROM stg_claims AS claims
JOIN stg_employees AS employees ON claims.company_ein = employees.company_ein
"""
CLAIMS_TIMES_PLANS = """
SELECT claims.claim_id, claims.amount
FROM stg_claims AS claims
JOIN stg_plans AS plans
    ON claims.company_ein = plans.company_ein
    AND claims.claim_type = plans.plan_type
    AND claims.service_date >= plans.start_date
    AND (plans.end_date IS NULL OR claims.service_date <= plans.end_date)
"""

# section 4 of the debugging part: a monitor of join keys
FAN_OUT_MONITOR = "SELECT COUNT(*) / COUNT(DISTINCT claim_id) > 1.1 FROM ({rows})"

# section 5; under another name, since ours is called so too
NO_ORPHANED_FKS = """
{% test documents_no_orphaned_fks(model, column_name, parent_model, parent_column) %}
SELECT {{ column_name }}
FROM {{ model }}
WHERE {{ column_name }} NOT IN (SELECT {{ parent_column }} FROM {{ parent_model }})
{% endtest %}
"""

# section 6
AUDIT_COLUMNS = {
    "_dbt_updated_at",
    "_dbt_valid_from",
    "_dbt_valid_to",
    "_is_current",
    "_source_file",
}

# section 1
EXTERNAL_SOURCE = """
sources:
  - name: enrichment
    description: "Output from Python ETL pipeline"
    tables:
      - name: clean_data
        external:
          location: "outputs/clean_data.parquet"
"""

# of section 4, and of section 3 of the debugging part: what needs a package
SCHEMA = r"""
models:
  - name: dim_employees
    columns:
      - name: email
        tests:
          - not_null
          - dbt_expectations.expect_column_values_to_match_regex:
              regex: '^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$'
      - name: _valid_to
        tests:
          - dbt_utils.expression_is_true:
              expression: "_valid_to IS NULL OR _valid_to > _valid_from"
    tests:
      - elementary.volume_anomalies
      - elementary.freshness_anomalies
"""
SURROGATE_KEY = (
    "SELECT {{ dbt_utils.generate_surrogate_key(['employee_id', 'start_date']) }}"
    " AS employee_surrogate_key"
)


def merge(
    connection: sqlite3.Connection, table: str, key: str, rows: str, update: tuple[str, ...] = ()
) -> None:
    """MERGE as the document's models are materialised: a row with a known key is updated in place.

    The first run makes the table. `update` names the merge_update_columns, by default all.
    """
    connection.execute(f"create table if not exists {table} as select * from ({rows}) where false")
    connection.execute(f"create unique index if not exists {table}_{key} on {table} ({key})")
    columns = [row[1] for row in connection.execute(f"pragma table_info({table})")]
    listed = ", ".join(columns)
    sets = ", ".join(f"{name} = excluded.{name}" for name in update or columns)
    connection.execute(
        f"insert into {table} ({listed}) select {listed} from ({rows}) where true"
        f" on conflict ({key}) do update set {sets}"
    )

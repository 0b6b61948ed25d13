"""The layout of quality.db: what each step adds to the one before, oldest first.

A step that was ever landed stays as it is: files that took it are out there. What is to change
changes by one more step at the end.
"""

# made by code that kept no version, whole or in part: hence "if not exists"
RUNS = """
create table if not exists runs (
    run_id integer primary key,
    command text not null,
    feed_name text,
    batch_id integer,
    started_at text not null,
    finished_at text,
    verdict text,
    published integer not null default 0,
    error text
);
create table if not exists stages (
    run_id integer not null references runs (run_id),
    stage text not null,
    seconds real not null,
    primary key (run_id, stage)
);
create table if not exists check_results (
    run_id integer not null references runs (run_id),
    layer text not null,
    table_name text not null,
    place integer not null,
    expectation text not null,
    column_name text,
    severity text not null,
    success integer not null,
    observed text,
    error text,
    primary key (run_id, layer, table_name, place)
);
create table if not exists rollbacks (
    run_id integer primary key references runs (run_id),
    from_version integer,
    to_version integer not null,
    reason text not null,
    at text not null
);
create index if not exists runs_batch on runs (batch_id, run_id);
create table if not exists interventions (
    place integer primary key,
    at text not null,
    who text not null,
    what text not null,
    batch_id integer,
    reason text not null
);
"""

# the primary key is also how the newest points of a series before a day are found
METRICS = """
create table metrics (
    series text not null,
    day text not null,
    batch_id integer not null,
    run_id integer,
    kind text not null,
    value real not null,
    rows integer,
    counts text,
    by_date integer not null default 0,
    low real,
    high real,
    expected real,
    state text,
    reason text,
    anomalous integer not null default 0,
    severity text,
    owner text,
    primary key (series, day, batch_id)
);
create index metrics_batch on metrics (batch_id, series);
create table batch_days (
    batch_id integer primary key,
    day text not null,
    source text not null
);
create table exclusions (
    place integer primary key,
    batch_id integer,
    day text,
    run_id integer,
    series text,
    at text not null,
    who text not null,
    reason text not null,
    ended_at text,
    ended_by text,
    ended_why text,
    check ((batch_id is not null) + (day is not null) + (run_id is not null) = 1)
);
"""

# causes, told and message are JSON; who sends a delivery again knows it by its key
ALERTS = """
create table incidents (
    incident_id integer primary key,
    key text not null unique,
    kind text not null,
    severity text not null,
    opened_at text not null,
    opened_run integer,
    last_run integer,
    resolved_at text,
    causes text not null,
    told text not null,
    message text
);
create index incidents_open on incidents (kind) where resolved_at is null;
create table alert_deliveries (
    delivery_id integer primary key,
    incident_id integer references incidents (incident_id),
    channel text not null,
    event text not null,
    severity text not null,
    key text not null,
    message text not null,
    created_at text not null,
    state text not null check (
        state in ('waiting', 'sending', 'sent', 'unsure', 'overtaken', 'together', 'given up')
    ),
    attempts integer not null default 0,
    unsure integer not null default 0,
    held integer not null default 0,
    tried_at text,
    sent_at text,
    error text,
    put_in integer references alert_deliveries (delivery_id)
);
create index alert_deliveries_waiting on alert_deliveries (channel) where state = 'waiting';
create index alert_deliveries_incident on alert_deliveries (incident_id, channel);
create index alert_deliveries_tried on alert_deliveries (channel, tried_at);
"""

# what nobody measured is NULL
COSTS = """
alter table stages add column cpu_seconds real;
alter table stages add column peak_memory integer;
alter table stages add column read_bytes integer;
alter table stages add column written_bytes integer;
alter table stages add column rows integer;
create table models (
    run_id integer not null references runs (run_id),
    stage text not null,
    kind text not null,
    name text not null,
    status text not null,
    seconds real not null,
    rows integer,
    primary key (run_id, kind, name)
);
"""

# a statement is kept once, by a hash of it without its values; plan is a JSON list
QUERIES = """
create table statements (
    hash text primary key,
    text text not null
);
create table queries (
    run_id integer not null references runs (run_id),
    stage text not null,
    source text not null check (source in ('dbt', 'gx', 'etl')),
    name text not null,
    hash text not null references statements (hash),
    times integer not null,
    seconds real not null,
    rows integer,
    plan text,
    primary key (run_id, stage, source, name, hash)
);
create index queries_hash on queries (hash);
"""

STEPS = (RUNS, METRICS, ALERTS, COSTS, QUERIES)


def statements(step: str) -> list[str]:
    """The single statements of a step: SQLite would end the transaction before a script."""
    return [one.strip() for one in step.split(";") if one.strip()]

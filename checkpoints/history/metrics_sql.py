"""The statements that write and read metrics."""

from checkpoints.history.noted import EXCLUDED

NOTE = """
insert into metrics (
    series, day, batch_id, run_id, kind, value, rows, counts, by_date,
    low, high, expected, state, reason, anomalous, severity, owner
) values (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict (series, day, batch_id) do update set
    run_id = excluded.run_id, kind = excluded.kind, value = excluded.value, rows = excluded.rows,
    counts = excluded.counts, by_date = 0, low = excluded.low, high = excluded.high,
    expected = excluded.expected, state = excluded.state, reason = excluded.reason,
    anomalous = excluded.anomalous, severity = excluded.severity, owner = excluded.owner
"""
# a content is loaded once, so a batch has one day; what it was told to have before is no more true
OTHER_DAYS = "delete from metrics where batch_id = ? and series = ? and day <> ? and not by_date"
NOTE_PAST = """
insert into metrics (series, day, batch_id, kind, value, rows, counts, by_date)
values (?, ?, ?, ?, ?, ?, ?, ?)
on conflict (series, day, batch_id) do update set
    kind = excluded.kind, value = excluded.value, rows = excluded.rows, counts = excluded.counts,
    by_date = excluded.by_date
where run_id is null
"""
PAST = f"""
select m.series, m.day, m.value, m.rows, m.counts, m.by_date
from json_each(:series) as wanted
cross join metrics as m on m.rowid in (
    select m.rowid
    from metrics as m
    where m.series = wanted.value
        and m.day < :before
        and m.batch_id <> :not_batch
        and m.batch_id not in (select value from json_each(:without))
        and not {EXCLUDED}
    order by m.day desc, m.batch_id desc
    limit :limit
)
order by m.series, m.day, m.batch_id
"""
# each name is found by one look into the index, however many points there are
SERIES = """
with recursive names (series) as (
    select min(series) from metrics
    union all
    select (select min(series) from metrics where series > names.series)
    from names where series is not null
)
select series from names where series is not null
"""
NEWEST = f"""
where m.rowid in (
    select n.rowid
    from ({SERIES}) as s
    cross join metrics as n on n.rowid in (
        select rowid from metrics where series = s.series
        order by day desc, batch_id desc limit ?
    )
)
order by m.series, m.day, m.batch_id
"""

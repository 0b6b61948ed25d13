{#
    One row with both values if a metric of the newest row, by order_by, differs from that of the row before
    by more than max_change of it (0.3 is 30%).

    A first row has nothing before it and passes. No row at all fails, and so does a NULL on either side,
    since no metric is not an unchanged one. From zero any change is too much.
#}
{% test metric_change_at_most(model, metric, order_by, max_change=0.3) %}
with

ranked as (

    select
        {{ metric }} as metric_value,
        row_number() over (order by {{ order_by }} desc) as recency
    from {{ model }}

),

compared as (

    select
        count(*) as values_compared,
        max(case when recency = 1 then metric_value end) as newest,
        max(case when recency = 2 then metric_value end) as one_before
    from ranked
    where recency <= 2

)

select
    newest,
    one_before,
    1.0 * (newest - one_before) / nullif(abs(one_before), 0) as change
from compared
where
    newest is null
    or (
        values_compared = 2
        and (one_before is null or abs(newest - one_before) > {{ max_change }} * abs(one_before))
    )
{% endtest %}

{%- set coverage = coverage_to_go_on_from() -%}
-- depends_on: {{ ref('int_pending_batches') }}
-- depends_on: {{ ref('int_touched_claims') }}
-- depends_on: {{ ref('int_touched_coverage') }}

with

counted as (

    select
        {{ covered_person('written') }} as employee_id,
        written.plan_surrogate_key,
        {{ claims_counted() }}

    from {{ ref('int_claims_enriched') }} as written

    {% if not coverage -%}
        -- nothing goes on from what is built, so nothing gains
        where false
    {%- endif %}

    group by {{ covered_person('written') }}, written.plan_surrogate_key

),

-- one row per pair in, at most one out: a pair whose claims are all counted anew gains none
gained as (

    select
        counted.employee_id,
        counted.plan_surrogate_key,
        counted.first_claim_date,
        counted.last_claim_date,
        counted.claim_count,
        counted.claim_amount_cents,
        touched.employee_id is not null as is_touched

    from counted

    left join {{ ref('int_touched_coverage') }} as touched
        on
            counted.employee_id = touched.employee_id
            and counted.plan_surrogate_key = touched.plan_surrogate_key

    where coalesce(not touched.claims_changed, true)

)

select * from gained

{{ config(indexes=[{'columns': ['employee_id', 'plan_surrogate_key'], 'unique': true}]) }}

{%- set coverage = coverage_to_go_on_from() -%}
-- depends_on: {{ ref('int_pending_batches') }}
-- depends_on: {{ ref('int_touched_claims') }}
-- depends_on: {{ ref('int_employee_plans') }}
-- depends_on: {{ ref('int_changed_employees') }}
-- depends_on: {{ ref('int_changed_plans') }}
-- depends_on: {{ ref('int_claims_enriched') }}

with

{% if coverage -%}
    pairs as (

        -- pairs that are, or were, covered by a version or a plan that changed
        select
            employee_id,
            plan_surrogate_key,
            true as period_changed,
            false as claims_changed

        from {{ ref('int_employee_plans') }}

        union all

        select
            known.employee_id,
            known.plan_surrogate_key,
            true as period_changed,
            false as claims_changed

        from {{ ref('int_changed_employees') }} as changed_employees

        cross join {{ coverage }} as known

        where changed_employees.employee_id = known.employee_id

        union all

        select
            known.employee_id,
            known.plan_surrogate_key,
            true as period_changed,
            false as claims_changed

        from {{ ref('int_changed_plans') }} as changed_plans

        cross join {{ coverage }} as known

        where changed_plans.plan_surrogate_key = known.plan_surrogate_key

        union all

        -- pairs that a claim, which is written again, was counted in before, and those it is counted in now
        select
            {{ covered_person('touched') }} as employee_id,
            touched.plan_surrogate_key,
            false as period_changed,
            true as claims_changed

        from {{ ref('int_touched_claims') }} as touched

        cross join {{ ref('int_claims_enriched') }} as written

        where touched.claim_id = written.claim_id

        union all

        select
            {{ covered_person('written') }} as employee_id,
            written.plan_surrogate_key,
            false as period_changed,
            true as claims_changed

        from {{ ref('int_touched_claims') }} as touched

        cross join {{ ref('int_claims_enriched') }} as written

        where touched.claim_id = written.claim_id

    ),
{%- else -%}
    -- nothing is built yet, so nothing is touched
    pairs as (

        select
            null as employee_id,
            null as plan_surrogate_key,
            false as period_changed,
            false as claims_changed

        where false

    ),
{%- endif %}

touched_coverage as (

    select
        employee_id,
        plan_surrogate_key,
        max(case when period_changed then 1 else 0 end) = 1 as period_changed,
        max(case when claims_changed then 1 else 0 end) = 1 as claims_changed

    from pairs

    group by employee_id, plan_surrogate_key

)

select * from touched_coverage

{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        indexes=[
            {'columns': ['company_ein', 'plan_type', 'segment_start', 'segment_end', 'plan_surrogate_key']},
        ],
        pre_hook=[
            {'sql': "{{ leave_syncing_to_publish() }}", 'transaction': false},
            "{{ delete_segments_of_changed_plans() }}",
        ],
    )
}}

-- depends_on: {{ ref('int_changed_plans') }}

with

-- an inverted period covers no day
plans as (

    select
        plan_surrogate_key,
        company_ein,
        plan_type,
        start_date,
        {{ day_after('end_date') }} as day_after_end

    from {{ ref('dim_plans') }}

    where
        plan_surrogate_key <> {{ unknown_key() }}
        and (end_date is null or end_date >= start_date)
        {% if is_incremental() -%}
            and (company_ein, plan_type) in (
                select
                    changed_plans.company_ein,
                    changed_plans.plan_type
                from {{ ref('int_changed_plans') }} as changed_plans
            )
        {%- endif %}

),

-- the plan of a company and type can change on these days only
boundaries as (

    select
        company_ein,
        plan_type,
        start_date as segment_start

    from plans

    union

    select
        company_ein,
        plan_type,
        day_after_end as segment_start

    from plans

    where day_after_end is not null

),

-- one row per boundary in, one row out: of the plans that cover the day the latest start wins, then the first key
with_winner as (

    select
        company_ein,
        plan_type,
        segment_start,
        (
            select plans.plan_surrogate_key
            from plans
            where
                plans.company_ein = boundaries.company_ein
                and plans.plan_type = boundaries.plan_type
                and plans.start_date <= boundaries.segment_start
                and (plans.day_after_end is null or plans.day_after_end > boundaries.segment_start)
            order by plans.start_date desc, plans.plan_surrogate_key asc
            limit 1
        ) as plan_surrogate_key

    from boundaries

),

with_neighbour as (

    select
        *,
        lag(plan_surrogate_key) over (
            partition by company_ein, plan_type
            order by segment_start
        ) as plan_before

    from with_winner

),

-- days on which nothing changes are no boundaries; a gap, which has no winner, is one
changes as (

    select
        company_ein,
        plan_type,
        plan_surrogate_key,
        segment_start,
        lead(segment_start) over (
            partition by company_ein, plan_type
            order by segment_start
        ) as segment_end

    from with_neighbour

    where plan_surrogate_key is distinct from plan_before

),

segments as (

    select *
    from changes
    where plan_surrogate_key is not null

)

select * from segments

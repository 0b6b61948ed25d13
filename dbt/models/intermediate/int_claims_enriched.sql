{{ config(pre_hook=["{{ use_memory('marts', megabytes=64) }}", "{{ use_memory('main', megabytes=64) }}"]) }}

{%- set fct_claims = built('fct_claims') -%}
{%- set one_batch_only = not fct_claims and pending_batch_count() == 1 -%}
-- depends_on: {{ ref('int_changed_employees') }}
-- depends_on: {{ ref('int_changed_plans') }}

with

pending_batches as (

    select * from {{ ref('int_pending_batches') }}

),

pending_claims as (

    select
        claim_id,
        employee_id,
        company_ein,
        service_date,
        amount,
        claim_type,
        _batch_id,
        _source_file,
        null as built_employee_key,
        null as built_plan_key

    from {{ ref('stg_claims') }}

    where _batch_id in (select _batch_id from pending_batches)

),

{% if fct_claims -%}
    changed_plan_groups as (

        select
            company_ein,
            plan_type,
            min(start_date) as changed_from

        from {{ ref('int_changed_plans') }}

        group by company_ein, plan_type

    ),

    -- built claims whose keys may be others now, and those that a late batch competes with
    touched as (

        select built.claim_id
        from {{ ref('int_changed_employees') }} as changed_employees
        inner join {{ fct_claims }} as built
            on changed_employees.employee_id = built.employee_id

        union

        select built.claim_id
        from changed_plan_groups
        inner join {{ fct_claims }} as built
            on
                changed_plan_groups.company_ein = built.company_ein
                and changed_plan_groups.plan_type = built.claim_type
                and changed_plan_groups.changed_from <= built.service_date

        union

        select built.claim_id
        from {{ ref('stg_claims') }} as late
        inner join {{ fct_claims }} as built
            on late.claim_id = built.claim_id
        where late._batch_id in (select _batch_id from pending_batches where is_late)

    ),

    built_claims as (  -- noqa: ST03

        select
            built.claim_id,
            built.employee_id,
            built.company_ein,
            built.service_date,
            built.amount,
            built.claim_type,
            built._batch_id,
            built._source_file,
            built.employee_surrogate_key as built_employee_key,
            built.plan_surrogate_key as built_plan_key

        from touched

        inner join {{ fct_claims }} as built
            on touched.claim_id = built.claim_id

        where built._batch_id not in (select _batch_id from pending_batches)

    ),
{%- endif %}

candidates as (

    select * from pending_claims

    {%- if fct_claims %}

        union all

        select * from built_claims
    {%- endif %}

),

-- One row per claim in, one row per claim out: both lookups are scalars. They stand before the ranking
-- because SQLite would otherwise repeat them in the last condition.
with_keys as (

    select
        claim_id,
        {{ employee_on('candidates.employee_id', 'candidates.service_date') }} as employee_surrogate_key,
        {{ plan_on('candidates.company_ein', 'candidates.claim_type', 'candidates.service_date') }}
            as plan_surrogate_key,
        employee_id,
        company_ein,
        service_date,
        amount,
        claim_type,
        built_employee_key,
        built_plan_key,
        _batch_id,
        _source_file

    from candidates

),

-- The latest batch that holds a claim wins. Within a batch nobody does: a claim_id that is there twice
-- stays twice, and the unique index of fct_claims refuses the build. One batch has no rival.
ranked as (

    select
        *,
        {% if one_batch_only -%}
            1
        {%- else -%}
            rank() over (partition by claim_id order by _batch_id desc)
        {%- endif %} as recency

    from with_keys

),

-- a built claim that keeps its keys need not be written
to_write as (

    select
        claim_id,
        employee_surrogate_key,
        plan_surrogate_key,
        employee_id,
        company_ein,
        service_date,
        amount,
        claim_type,
        _batch_id,
        _source_file

    from ranked

    where
        recency = 1
        and (
            built_employee_key is null
            or built_employee_key <> employee_surrogate_key
            or built_plan_key <> plan_surrogate_key
        )

)

select * from to_write

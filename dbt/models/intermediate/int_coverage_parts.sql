{%- set coverage = coverage_to_go_on_from() -%}
-- depends_on: {{ ref('int_pending_batches') }}
-- depends_on: {{ ref('int_touched_claims') }}
-- depends_on: {{ ref('int_touched_coverage') }}
-- depends_on: {{ ref('int_gained_claims') }}

{# Parts that bring no days, or no claims, have these in their place. #}
{%- set no_period -%}
    {{ no_day() }} as coverage_start,
    {{ no_day() }} as coverage_end
{%- endset -%}
{%- set no_claims -%}
    {{ no_day() }} as first_claim_date,
    {{ no_day() }} as last_claim_date,
    0 as claim_count,
    0 as claim_amount_cents
{%- endset -%}
with

-- of an increment: the pairs of changed employees and plans, with all of their days
periods as (

    select
        employee_id,
        plan_surrogate_key,
        covered_from as coverage_start,
        coalesce(covered_to, {{ last_day() }}) as coverage_end,
        {{ no_claims }}

    from {{ ref('int_employee_plans') }}

),

{% if not coverage -%}

    parts as (

        select * from periods

        union all

        select
            employee_id,
            plan_surrogate_key,
            {{ no_period }},
            {{ claims_counted() }}

        from (
            select
                {{ covered_person('facts') }} as employee_id,
                facts.plan_surrogate_key,
                facts.service_date,
                facts.amount
            from {{ ref('fct_claims') }} as facts
        ) as claims

        group by employee_id, plan_surrogate_key

    )

{%- else -%}

    touched as (

        select * from {{ ref('int_touched_coverage') }}

    ),

    to_recount as (

        select * from touched where claims_changed

    ),

    employees_to_recount as (

        select distinct employee_id from to_recount

    ),

    -- All claims of the pairs to recount, found by the index on batch and employee, or by the one on the claims of
    -- nobody. An employee's claims are read once, however many of their plans are touched.
    claims_to_recount as (

        select
            facts.employee_id,
            facts.plan_surrogate_key,
            facts.amount,
            facts.service_date

        from {{ source('raw_data', 'load_batches') }} as load_batches

        cross join employees_to_recount

        cross join {{ ref('fct_claims') }} as facts

        where
            facts._batch_id = load_batches._batch_id
            and facts.employee_id = employees_to_recount.employee_id
            and facts.employee_surrogate_key <> {{ unknown_key() }}
            and exists (
                select 1
                from {{ ref('int_touched_coverage') }} as touched_pairs
                where
                    touched_pairs.employee_id = facts.employee_id
                    and touched_pairs.plan_surrogate_key = facts.plan_surrogate_key
                    and touched_pairs.claims_changed
            )

        union all

        select
            to_recount.employee_id,
            to_recount.plan_surrogate_key,
            facts.amount,
            facts.service_date

        from to_recount

        cross join {{ ref('fct_claims') }} as facts

        where
            to_recount.employee_id = {{ unknown_key() }}
            and facts.plan_surrogate_key = to_recount.plan_surrogate_key
            and facts.employee_surrogate_key = {{ unknown_key() }}

    ),

    -- what has not changed is as it was known
    known_parts as (

        select
            known.employee_id,
            known.plan_surrogate_key,
            case when not touched.period_changed then known.coverage_start end as coverage_start,
            case
                when not touched.period_changed and known.coverage_start is not null
                    then coalesce(known.coverage_end, {{ last_day() }})
            end as coverage_end,
            case when not touched.claims_changed then known.first_claim_date end as first_claim_date,
            case when not touched.claims_changed then known.last_claim_date end as last_claim_date,
            case when not touched.claims_changed then known.claim_count else 0 end as claim_count,
            case when not touched.claims_changed then known.claim_amount_cents else 0 end as claim_amount_cents

        from touched

        cross join {{ coverage }} as known

        where
            touched.employee_id = known.employee_id
            and touched.plan_surrogate_key = known.plan_surrogate_key

    ),

    parts as (

        -- a pair that has neither days nor claims any more is to be told so
        select
            employee_id,
            plan_surrogate_key,
            {{ no_period }},
            {{ no_claims }}

        from touched

        union all

        select * from periods

        union all

        select * from known_parts

        union all

        select
            employee_id,
            plan_surrogate_key,
            {{ no_period }},
            {{ claims_counted() }}

        from claims_to_recount

        group by employee_id, plan_surrogate_key

        union all

        -- claims on top of what is known; of a pair that is not touched, only when nothing is known of it: the others
        -- are added to where they are
        select
            gained.employee_id,
            gained.plan_surrogate_key,
            {{ no_period }},
            gained.first_claim_date,
            gained.last_claim_date,
            gained.claim_count,
            gained.claim_amount_cents

        from {{ ref('int_gained_claims') }} as gained

        where
            gained.is_touched
            or not exists (
                select 1
                from {{ coverage }} as known
                where
                    known.employee_id = gained.employee_id
                    and known.plan_surrogate_key = gained.plan_surrogate_key
            )

    )

{%- endif %}

select * from parts

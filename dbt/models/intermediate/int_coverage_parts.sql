{%- set coverage = coverage_to_go_on_from() -%}
-- depends_on: {{ ref('int_pending_batches') }}
-- depends_on: {{ ref('int_touched_claims') }}
-- depends_on: {{ ref('int_claims_enriched') }}
-- depends_on: {{ ref('int_touched_coverage') }}

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
{%- set claims_counted -%}
    min(service_date) as first_claim_date,
    max(service_date) as last_claim_date,
    count(*) as claim_count,
    sum({{ cents('amount') }}) as claim_amount_cents
{%- endset -%}

{%- set known_end -%}
    case when known.coverage_start is not null then coalesce(known.coverage_end, {{ last_day() }}) end as coverage_end
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
            {{ claims_counted }}

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

    -- all claims of the touched pairs, found by the index on the employee, or by the one on the claims of nobody
    claims_of_touched as (

        select
            touched.employee_id,
            touched.plan_surrogate_key,
            facts.amount,
            facts.service_date

        from touched

        cross join {{ ref('fct_claims') }} as facts

        where
            facts.employee_id = touched.employee_id
            and facts.plan_surrogate_key = touched.plan_surrogate_key
            and facts.employee_surrogate_key <> {{ unknown_key() }}

        union all

        select
            touched.employee_id,
            touched.plan_surrogate_key,
            facts.amount,
            facts.service_date

        from touched

        cross join {{ ref('fct_claims') }} as facts

        where
            touched.employee_id = {{ unknown_key() }}
            and facts.plan_surrogate_key = touched.plan_surrogate_key
            and facts.employee_surrogate_key = {{ unknown_key() }}

    ),

    -- claims nobody had counted before; those written again are touched
    new_claims as (

        select
            {{ covered_person('written') }} as employee_id,
            written.plan_surrogate_key,
            written.amount,
            written.service_date

        from {{ ref('int_claims_enriched') }} as written

        where not exists (
            select 1
            from {{ ref('int_touched_claims') }} as touched_claims
            where touched_claims.claim_id = written.claim_id
        )

    ),

    gained as (

        select
            employee_id,
            plan_surrogate_key,
            {{ claims_counted }}

        from new_claims

        where
            not exists (
                select 1
                from touched
                where
                    touched.employee_id = new_claims.employee_id
                    and touched.plan_surrogate_key = new_claims.plan_surrogate_key
            )

        group by employee_id, plan_surrogate_key

    ),

    -- pairs that only gain claims, or began or ended since the last build, go on from where they were
    to_go_on as (

        select
            employee_id,
            plan_surrogate_key

        from gained

        union

        select
            known.employee_id,
            known.plan_surrogate_key

        from {{ coverage }} as known

        where
            (
                (known.status = 'upcoming' and known.coverage_start <= {{ as_of_day() }})
                or (known.status = 'active' and known.coverage_end < {{ as_of_day() }})
            )
            and not exists (
                select 1
                from touched
                where
                    touched.employee_id = known.employee_id
                    and touched.plan_surrogate_key = known.plan_surrogate_key
            )

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

        select
            known.employee_id,
            known.plan_surrogate_key,
            known.coverage_start,
            {{ known_end }},
            {{ no_claims }}

        from touched

        cross join {{ coverage }} as known

        where
            not touched.period_changed
            and touched.employee_id = known.employee_id
            and touched.plan_surrogate_key = known.plan_surrogate_key

        union all

        select
            employee_id,
            plan_surrogate_key,
            {{ no_period }},
            {{ claims_counted }}

        from claims_of_touched

        group by employee_id, plan_surrogate_key

        union all

        select
            known.employee_id,
            known.plan_surrogate_key,
            known.coverage_start,
            {{ known_end }},
            known.first_claim_date,
            known.last_claim_date,
            known.claim_count,
            known.claim_amount_cents

        from to_go_on

        cross join {{ coverage }} as known

        where
            to_go_on.employee_id = known.employee_id
            and to_go_on.plan_surrogate_key = known.plan_surrogate_key

        union all

        select
            employee_id,
            plan_surrogate_key,
            {{ no_period }},
            first_claim_date,
            last_claim_date,
            claim_count,
            claim_amount_cents

        from gained

    )

{%- endif %}

select * from parts

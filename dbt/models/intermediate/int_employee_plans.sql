{%- set incremental = coverage_to_go_on_from() -%}
-- depends_on: {{ ref('int_pending_batches') }}
-- depends_on: {{ ref('int_touched_claims') }}
-- depends_on: {{ ref('int_changed_employees') }}
-- depends_on: {{ ref('int_changed_plans') }}

with

-- Many to many by nature: a version falls under several plans, a plan covers many employees. The unknown
-- members have no company and so meet nobody. Tables, not CTEs: of an increment few rows are wanted, and an index
-- finds them.
{% set of_one_company -%}
    select
        versions.employee_id,
        versions.employee_surrogate_key,
        versions._dbt_valid_from as version_start,
        {{ day_before('versions._dbt_valid_to') }} as version_end,
        plans.plan_surrogate_key,
        plans.company_ein,
        plans.plan_type,
        plans.start_date as plan_start,
        plans.end_date as plan_end

    from {{ ref('dim_employees') }} as versions

    inner join {{ ref('dim_plans') }} as plans
        on versions.company_ein = plans.company_ein
{%- endset -%}

pairs as (

    {{ of_one_company }}

    {% if incremental -%}
        where versions.employee_id in (select employee_id from {{ ref('int_changed_employees') }})

        union

        {{ of_one_company }}

        where plans.plan_surrogate_key in (select plan_surrogate_key from {{ ref('int_changed_plans') }})
    {%- endif %}

),

overlapping as (

    select
        employee_id,
        employee_surrogate_key,
        plan_surrogate_key,
        company_ein,
        plan_type,
        case when version_start > plan_start then version_start else plan_start end as covered_from,
        case
            when version_end is null then plan_end
            when plan_end is null or plan_end > version_end then version_end
            else plan_end
        end as covered_to

    from pairs

    where
        -- an inverted period covers no day
        (plan_end is null or plan_end >= plan_start)
        and (plan_end is null or version_start <= plan_end)
        and (version_end is null or plan_start <= version_end)

)

select * from overlapping

{{ config(indexes=[{'columns': ['claim_id']}], pre_hook="{{ read_marts_in_place() }}") }}

{%- set fct_claims = built('fct_claims') -%}
{%- set coverage_is_behind = not built('fct_employee_plan_coverage') or a_pending_batch_is_resumed() -%}
-- depends_on: {{ ref('int_pending_batches') }}
-- depends_on: {{ ref('int_changed_employees') }}
-- depends_on: {{ ref('int_changed_plans') }}
-- depends_on: {{ ref('stg_claims') }}

with

{% if fct_claims -%}
    -- Each of these walks an index of fct_claims from a few keys; `cross join` keeps SQLite from walking the
    -- whole table and looking up the keys instead. The claims of an employee are found batch by batch.
    changed_plan_groups as (

        select
            company_ein,
            plan_type,
            min(start_date) as changed_from

        from {{ ref('int_changed_plans') }}

        group by company_ein, plan_type

    ),

    touched as (

        select
            built.claim_id,
            null as sent_again_by

        from {{ source('raw_data', 'load_batches') }} as load_batches

        cross join {{ ref('int_changed_employees') }} as changed_employees

        cross join {{ fct_claims }} as built

        where
            load_batches._batch_id = built._batch_id
            and changed_employees.employee_id = built.employee_id
            and changed_employees.changed_from <= built.service_date

        union all

        {% if coverage_is_behind -%}
            -- nothing tells whose claims they are, so all are looked at
            select
                built.claim_id,
                null as sent_again_by

            from {{ fct_claims }} as built

            inner join changed_plan_groups
                on
                    built.company_ein = changed_plan_groups.company_ein
                    and built.claim_type = changed_plan_groups.plan_type
                    and built.service_date >= changed_plan_groups.changed_from
        {%- else -%}
            -- claims under a plan of the group: the coverage knows whose they are
            select
                built.claim_id,
                null as sent_again_by

            from changed_plan_groups

            cross join {{ built('dim_plans') }} as plans

            cross join {{ built('fct_employee_plan_coverage') }} as coverage

            cross join {{ source('raw_data', 'load_batches') }} as load_batches

            cross join {{ fct_claims }} as built

            where
                changed_plan_groups.company_ein = plans.company_ein
                and changed_plan_groups.plan_type = plans.plan_type
                and plans.plan_surrogate_key = coverage.plan_surrogate_key
                and coverage.claim_count > 0
                and load_batches._batch_id = built._batch_id
                and coverage.employee_id = built.employee_id
                and coverage.plan_surrogate_key = built.plan_surrogate_key
                and changed_plan_groups.changed_from <= built.service_date

            union all

            -- those of nobody, by an index of their own
            select
                built.claim_id,
                null as sent_again_by

            from changed_plan_groups

            cross join {{ built('dim_plans') }} as plans

            cross join {{ fct_claims }} as built

            where
                changed_plan_groups.company_ein = plans.company_ein
                and changed_plan_groups.plan_type = plans.plan_type
                and plans.plan_surrogate_key = built.plan_surrogate_key
                and built.employee_surrogate_key = {{ unknown_key() }}
                and changed_plan_groups.changed_from <= built.service_date

            union all

            -- and those that no plan covered yet, by another
            select
                built.claim_id,
                null as sent_again_by

            from changed_plan_groups

            cross join {{ fct_claims }} as built

            where
                changed_plan_groups.company_ein = built.company_ein
                and changed_plan_groups.plan_type = built.claim_type
                and changed_plan_groups.changed_from <= built.service_date
                and built.plan_surrogate_key = {{ unknown_key() }}
        {%- endif %}

        union all

        select
            built.claim_id,
            sent_again._batch_id as sent_again_by

        from {{ ref('stg_claims') }} as sent_again

        cross join {{ fct_claims }} as built

        where
            sent_again._batch_id in (select _batch_id from {{ ref('int_pending_batches') }})
            and sent_again.claim_id = built.claim_id
            -- carriers count on: most numbers are higher than any there is, and need not be looked up
            and sent_again.claim_id <= (select max(claim_id) from {{ fct_claims }})

    ),

    one_per_claim as (

        select
            claim_id,
            max(sent_again_by) as sent_again_by

        from touched

        group by claim_id

    ),

    as_built as (

        select
            built.claim_id,
            built.employee_surrogate_key,
            built.plan_surrogate_key,
            built.company_surrogate_key,
            built.employee_id,
            built.company_ein,
            built.service_date,
            built.amount,
            built.claim_type,
            built._source_file,
            built._batch_id,
            built._dbt_valid_from,
            one_per_claim.sent_again_by

        from one_per_claim

        cross join {{ fct_claims }} as built

        where one_per_claim.claim_id = built.claim_id

    )
{%- else -%}
    -- nothing is built yet, so nothing is touched
    as_built as (

        select
            null as claim_id,
            null as employee_surrogate_key,
            null as plan_surrogate_key,
            null as company_surrogate_key,
            null as employee_id,
            null as company_ein,
            null as service_date,
            null as amount,
            null as claim_type,
            null as _source_file,
            null as _batch_id,
            null as _dbt_valid_from,
            null as sent_again_by

        where false

    )
{%- endif %}

select * from as_built

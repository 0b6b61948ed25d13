{%- set dim_employees = built('dim_employees') -%}
with

pending_batches as (

    select * from {{ ref('int_pending_batches') }}

),

employee_rows as (

    select * from {{ ref('int_employee_rows') }}

),

-- the last row of a version in each batch counts
pending_versions as (

    select
        *,
        row_number() over (
            partition by employee_id, start_date, _batch_id
            order by _row_number desc
        ) as recency

    from employee_rows

    where _batch_id in (select _batch_id from pending_batches)

),

-- versions before the earliest news stay as they are
news as (

    select
        employee_id,
        start_date as changed_from
    from pending_versions
    {% if dim_employees -%}
        where
            recency = 1
            and (
                _batch_id in (select _batch_id from pending_batches where is_late)
                -- a row that says what the version in force that day says already is no news
                or not exists (
                    select 1
                    from {{ dim_employees }} as known
                    where
                        known.employee_id = pending_versions.employee_id
                        and known._dbt_valid_from <= pending_versions.start_date
                        and coalesce(known._dbt_valid_to > pending_versions.start_date, true)
                        and known.full_name is not distinct from pending_versions.full_name
                        and known.email is not distinct from pending_versions.email
                        and known.title is not distinct from pending_versions.title
                        and known.company_ein is not distinct from pending_versions.company_ein
                )
            )

        union all

        -- what a build that stopped half-way had written
        select
            employee_id,
            {{ first_day() }} as changed_from
        from {{ dim_employees }}
        where employee_id is not null and _dbt_updated_at > {{ last_complete_build() }}
    {%- endif %}

),

changed as (

    select
        employee_id,
        min(changed_from) as changed_from

    from news

    group by employee_id

)

select * from changed

{{ config(pre_hook=["{{ use_memory('main', megabytes=64) }}"]) }}

{%- set attributes = ['full_name', 'email', 'title', 'company_ein'] -%}
with

changed_employees as (

    select * from {{ ref('int_changed_employees') }}

),

-- every row ever delivered of the changed employees; attributes as one text, to compare them at once
delivered as (

    select
        *,
        {{ surrogate_key(attributes) }} as attributes

    from {{ ref('int_employee_rows') }}

    where employee_id in (select employee_id from changed_employees)

),

ranked_in_batch as (

    select
        *,
        row_number() over (
            partition by employee_id, start_date, _batch_id
            order by _row_number desc
        ) as recency

    from delivered

),

-- the last row of a version in each batch counts
one_per_batch as (

    select
        *,
        lag(attributes) over (partition by employee_id, start_date order by _batch_id)
        is distinct from attributes as is_news

    from ranked_in_batch

    where recency = 1

),

with_last_news as (

    select
        *,
        max(case when is_news then _batch_id end) over (partition by employee_id, start_date) as news_batch_id

    from one_per_batch

),

-- the version as the latest batch has it, by the row that first said so: sent again, it stays the same row
one_per_start as (

    select
        *,
        lag(attributes) over (partition by employee_id order by start_date) as attributes_before

    from with_last_news

    where _batch_id = news_batch_id

),

-- a version that says what the one before it says is not a version
collapsed as (

    select *
    from one_per_start
    where attributes is distinct from attributes_before

),

versions as (

    select
        {{ surrogate_key(['employee_id', 'start_date']) }} as employee_surrogate_key,
        employee_id,
        full_name,
        email,
        title,
        company_ein,
        ein_source,
        start_date as valid_from,
        lead(start_date) over (partition by employee_id order by start_date) as valid_to,
        _batch_id,
        _row_number,
        _source_file

    from collapsed

)

select * from versions

{{ config(unique_key='company_surrogate_key', incremental_strategy='merge') }}

with

pending_batches as (

    select * from {{ ref('int_pending_batches') }}

),

employees as (

    select
        company_ein,
        email_domain,
        industry,
        revenue_usd,
        headcount,
        enrichment_provider,
        _batch_id,
        _row_number,
        _source_file

    from {{ ref('stg_enrichment') }}

    where
        _batch_id in (select _batch_id from pending_batches)
        and company_ein <> {{ unknown_key() }}

),

named as (

    select
        company_ein,
        _batch_id,
        _source_file
    from employees

    union

    select
        company_ein,
        _batch_id,
        _source_file
    from {{ ref('stg_plans') }}
    where _batch_id in (select _batch_id from pending_batches)

    union

    select
        company_ein,
        _batch_id,
        _source_file
    from {{ ref('int_claimed_companies') }}

    {%- if is_incremental() %}

        union

        select
            company_ein,
            _batch_id,
            _source_file
        from {{ this }}
    {%- endif %}

),

-- A company belongs to the first batch that names it. What is no EIN is the unknown member's.
companies as (

    select *
    from (
        select
            company_ein,
            _batch_id,
            _source_file,
            row_number() over (partition by company_ein order by _batch_id, _source_file) as place
        from named
        where company_ein <> {{ unknown_key() }}
    ) as placed
    where place = 1

),

facts as (

    select
        company_ein,
        email_domain,
        industry,
        revenue_usd,
        headcount,
        enrichment_provider,
        _batch_id as enriched_batch_id,
        _row_number

    from employees

    where industry is not null or revenue_usd is not null or headcount is not null

    {%- if is_incremental() %}

        union all

        select
            company_ein,
            email_domain,
            industry,
            revenue_usd,
            headcount,
            enrichment_provider,
            enriched_batch_id,
            0 as _row_number
        from {{ this }}
        where enriched_batch_id is not null
    {%- endif %}

),

-- what the latest batch tells of the company counts, in it the first row
latest_facts as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by company_ein
                order by enriched_batch_id desc, _row_number asc
            ) as recency
        from facts
    ) as ranked
    where recency = 1

),

known as (

    select
        companies.company_ein as company_surrogate_key,
        companies.company_ein,
        latest_facts.email_domain,
        latest_facts.industry,
        latest_facts.revenue_usd,
        latest_facts.headcount,
        latest_facts.enrichment_provider,
        latest_facts.enriched_batch_id,
        companies._source_file,
        companies._batch_id,
        {{ day_of('load_batches.loaded_at') }} as _dbt_valid_from

    from companies

    inner join {{ source('raw_data', 'load_batches') }} as load_batches
        on companies._batch_id = load_batches._batch_id

    left join latest_facts
        on companies.company_ein = latest_facts.company_ein

    {%- if is_incremental() %}

        -- what stays as it is need not be written
        where not exists (
            select 1
            from {{ this }} as built
            where
                built.company_surrogate_key = companies.company_ein
                and built._batch_id = companies._batch_id
                and built._source_file = companies._source_file
                and built.enriched_batch_id is not distinct from latest_facts.enriched_batch_id
        )
    {%- endif %}

),

final as (

    select
        company_surrogate_key,
        company_ein,
        email_domain,
        industry,
        revenue_usd,
        headcount,
        enrichment_provider,
        enriched_batch_id,
        _source_file,
        _batch_id,
        _dbt_valid_from,
        {{ no_day() }} as _dbt_valid_to,
        true as _is_current,
        {{ run_time() }} as _dbt_updated_at

    from known

    {% if not is_incremental() -%}
        union all

        select
            {{ unknown_key() }} as company_surrogate_key,
            null as company_ein,
            null as email_domain,
            null as industry,
            null as revenue_usd,
            null as headcount,
            null as enrichment_provider,
            null as enriched_batch_id,
            null as _source_file,
            null as _batch_id,
            {{ first_day() }} as _dbt_valid_from,
            {{ no_day() }} as _dbt_valid_to,
            true as _is_current,
            {{ run_time() }} as _dbt_updated_at
    {%- endif %}

)

select * from final

{{
    config(
        pre_hook=[
            "{{ read_marts_in_place() }}",
            "{{ use_memory('marts', megabytes=64) }}",
            "{{ use_memory('main', megabytes=64) }}",
        ],
        post_hook="{{ index_claims_to_merge() }}",
    )
}}

{%- set incremental = built('fct_claims') -%}
{%- set rivals = pending_batch_count() > 1 -%}
{%- set late = a_pending_batch_is_late() -%}
-- depends_on: {{ ref('int_touched_claims') }}

{#- The conditions that leave out a row which another batch has overtaken; none where there is no other. #}
{%- set lost_by_none -%}
    {%- if rivals %}
        and not exists (
            select 1
            from sent_twice
            where sent_twice.claim_id = pending.claim_id and sent_twice.last_batch_id > pending._batch_id
        )
    {%- endif %}
    {%- if incremental and late %}
        and not exists (
            select 1
            from {{ ref('int_touched_claims') }} as touched
            where touched.claim_id = pending.claim_id and touched._batch_id > pending._batch_id
        )
    {%- endif %}
{%- endset %}

with

pending_batches as (

    select * from {{ ref('int_pending_batches') }}

),

{% if rivals -%}
    -- claims that more than one pending batch holds: few, so only their numbers are kept
    sent_twice as (

        select
            claim_id,
            max(_batch_id) as last_batch_id

        from {{ ref('stg_claims') }}

        where _batch_id in (select _batch_id from pending_batches)

        group by claim_id

        having min(_batch_id) < max(_batch_id)

    ),
{%- endif %}

-- The latest batch that holds a claim wins. Within a batch nobody does: a claim_id that is there twice stays
-- twice, and the merge refuses it.
pending_claims as (

    select
        claim_id,
        employee_id,
        company_ein,
        service_date,
        amount,
        claim_type,
        _source_file,
        _batch_id,
        {{ day_of('_loaded_at') }} as valid_from

    from {{ ref('stg_claims') }} as pending  -- noqa: AL05

    where _batch_id in (select _batch_id from pending_batches) {{- lost_by_none }}

),

-- One row per claim in, one row per claim out: both lookups are scalars.
pending_with_keys as (

    select
        claim_id,
        {{ employee_on('pending_claims.employee_id', 'pending_claims.service_date') }} as employee_surrogate_key,
        {{ plan_on('pending_claims.company_ein', 'pending_claims.claim_type', 'pending_claims.service_date') }}
            as plan_surrogate_key,
        coalesce(company_ein, {{ unknown_key() }}) as company_surrogate_key,
        employee_id,
        company_ein,
        service_date,
        amount,
        claim_type,
        _source_file,
        _batch_id,
        valid_from

    from pending_claims

)

{%- if incremental -%}
    ,

    touched_with_keys as (

        select
            claim_id,
            {{ employee_on('touched.employee_id', 'touched.service_date') }} as employee_surrogate_key,
            {{ plan_on('touched.company_ein', 'touched.claim_type', 'touched.service_date') }}
                as plan_surrogate_key,
            company_surrogate_key,
            employee_id,
            company_ein,
            service_date,
            amount,
            claim_type,
            _source_file,
            _batch_id,
            _dbt_valid_from as valid_from,
            employee_surrogate_key as employee_key_before,
            plan_surrogate_key as plan_key_before

        from {{ ref('int_touched_claims') }} as touched

        -- what a pending batch sends again is written from there, unless that batch is late and lost
        where sent_again_by is null or sent_again_by < _batch_id

    ),

    -- a built claim that keeps its keys need not be written
    re_keyed as (  -- noqa: ST03

        select
            claim_id,
            employee_surrogate_key,
            plan_surrogate_key,
            company_surrogate_key,
            employee_id,
            company_ein,
            service_date,
            amount,
            claim_type,
            _source_file,
            _batch_id,
            valid_from

        from touched_with_keys

        where
            employee_surrogate_key <> employee_key_before
            or plan_surrogate_key <> plan_key_before

    )
{%- endif %}

select * from pending_with_keys

{%- if incremental %}

    union all

    select * from re_keyed
{%- endif %}

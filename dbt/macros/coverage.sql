{# What the models of fct_employee_plan_coverage share. #}

{#
    The coverage as the last complete build left it; none where it must be put together anew. It counts on, and
    so it must not be counted on when claims were written that it did not see: those of a build that stopped
    after fct_claims.
#}
{% macro coverage_to_go_on_from() -%}
    {%- set coverage = built('fct_employee_plan_coverage') -%}
    {%- set pending, touched = ref('int_pending_batches'), ref('int_touched_claims') -%}
    {%- if execute and coverage -%}
        {%- set unseen = run_query(
            'select exists (select 1 from ' ~ pending ~ ' where is_resumed) or exists (select 1 from ' ~ touched
            ~ ' where _batch_id in (select _batch_id from ' ~ pending ~ '))'
        ) -%}
        {%- if not unseen.columns[0].values()[0] -%}
            {%- do return(coverage) -%}
        {%- endif -%}
    {%- endif -%}
    {%- do return(none) -%}
{%- endmacro %}

{# Whose coverage a claim counts for: its employee's or, where no version is in force that day, nobody's. #}
{% macro covered_person(claims) -%}
    case
        when {{ claims }}.employee_surrogate_key = {{ unknown_key() }} then {{ unknown_key() }}
        else {{ claims }}.employee_id
    end
{%- endmacro %}

{# What claims that are grouped by employee and plan add to a coverage. #}
{% macro claims_counted() -%}
    min(service_date) as first_claim_date,
    max(service_date) as last_claim_date,
    count(*) as claim_count,
    sum({{ cents('amount') }}) as claim_amount_cents
{%- endmacro %}

{# A pre-hook of fct_employee_plan_coverage: where it cannot go on from what is built, that must go. #}
{% macro forget_coverage() -%}
    {%- if is_incremental() and not coverage_to_go_on_from() -%}
        delete from {{ this }}
    {%- endif -%}
{%- endmacro %}

{# A post-hook of it: what was touched and has neither days nor claims any more. #}
{% macro delete_coverage_that_is_gone() -%}
    delete from {{ this }}
    where
        status = 'gone'
        and (employee_id, plan_surrogate_key) in (
            select
                employee_id,
                plan_surrogate_key
            from {{ ref('int_touched_coverage') }}
        )
{%- endmacro %}

{# What a coverage with days is as of the newest batch. #}
{% macro status_of_days(first, last) -%}
    case
        when {{ first }} > {{ as_of_day() }} then 'upcoming'
        when {{ last }} < {{ as_of_day() }} then 'ended'
        else 'active'
    end
{%- endmacro %}

{# A pre-hook: days pass, and a coverage begins or ends with nothing else new. #}
{% macro let_coverage_begin_and_end() -%}
    {%- if is_incremental() -%}
        update {{ this }}
        set
            status = {{ status_of_days('coverage_start', 'coverage_end') }},
            _dbt_updated_at = {{ run_time() }}
        where
            (status = 'upcoming' and coverage_start <= {{ as_of_day() }})
            or (status = 'active' and coverage_end < {{ as_of_day() }})
    {%- endif -%}
{%- endmacro %}

{#
    A pre-hook: a coverage that is not touched gains the claims that are new. They are added where it stands; to
    look it up, put it together and merge it takes twice as long.
#}
{% macro let_coverage_gain_claims() -%}
    {%- set first_claim_date -%}
        case
            when known.first_claim_date < gained.first_claim_date then known.first_claim_date
            else gained.first_claim_date
        end
    {%- endset -%}
    {%- if is_incremental() -%}
        update {{ this }} as known
        set
            first_claim_date = {{ first_claim_date }},
            last_claim_date = case
                when known.last_claim_date > gained.last_claim_date then known.last_claim_date
                else gained.last_claim_date
            end,
            claim_count = known.claim_count + gained.claim_count,
            claim_amount = (known.claim_amount_cents + gained.claim_amount_cents) / 100.0,
            claim_amount_cents = known.claim_amount_cents + gained.claim_amount_cents,
            days_to_first_claim = {{ days_between('known.coverage_start', first_claim_date) }},
            _dbt_updated_at = {{ run_time() }}
        from {{ ref('int_gained_claims') }} as gained
        where
            known.employee_id = gained.employee_id
            and known.plan_surrogate_key = gained.plan_surrogate_key
            and not gained.is_touched
    {%- endif -%}
{%- endmacro %}

{#
    Scalar lookups: one value for each row, so a row can be neither lost nor multiplied. Both walk one
    entry back from the date, in an index that holds the key too and so spares the table.
#}

{# The key of the version of an employee in force on a day, or of the unknown employee. #}
{% macro employee_on(employee_id, date) -%}
    coalesce(
        (
            select versions.employee_surrogate_key
            from {{ ref('dim_employees') }} as versions
            where versions.employee_id = {{ employee_id }} and versions._dbt_valid_from <= {{ date }}
            order by versions._dbt_valid_from desc
            limit 1
        ),
        {{ unknown_key() }}
    )
{%- endmacro %}

{# The key of the one plan that covers a claim type of a company on a day, or of the unknown plan. #}
{% macro plan_on(company_ein, plan_type, date) -%}
    coalesce(
        (
            select
                case
                    when segments.segment_end is null or segments.segment_end > {{ date }}
                        then segments.plan_surrogate_key
                end
            from {{ ref('int_plan_segments') }} as segments
            where
                segments.company_ein = {{ company_ein }}
                and segments.plan_type = {{ plan_type }}
                and segments.segment_start <= {{ date }}
            order by segments.segment_start desc
            limit 1
        ),
        {{ unknown_key() }}
    )
{%- endmacro %}

{# The key of an employee's latest version, or of the unknown employee. #}
{% macro employee_now(employee_id) -%}
    coalesce(
        (
            select versions.employee_surrogate_key
            from {{ ref('dim_employees') }} as versions
            where versions.employee_id = {{ employee_id }}
            order by versions._dbt_valid_from desc
            limit 1
        ),
        {{ unknown_key() }}
    )
{%- endmacro %}

{#
    A post-hook: an index of the few claims of fct_claims that have no employee, or no plan. What is resolved
    is found by its employee.
#}
{% macro index_unresolved_claims(name, columns, unresolved_key) -%}
    {{ return(adapter.dispatch('index_unresolved_claims')(name, columns, unresolved_key)) }}
{%- endmacro %}

{% macro default__index_unresolved_claims(name, columns, unresolved_key) -%}
    create index if not exists {{ name }}
    on {{ this }} ({{ columns | join(', ') }}) where {{ unresolved_key }} = {{ unknown_key() }}
{%- endmacro %}

{% macro spark__index_unresolved_claims(name, columns, unresolved_key) -%}
{%- endmacro %}

{% macro sqlite__index_unresolved_claims(name, columns, unresolved_key) -%}
    create index if not exists {{ this.schema }}.{{ name }}
    on {{ this.identifier }} ({{ columns | join(', ') }}) where {{ unresolved_key }} = {{ unknown_key() }}
{%- endmacro %}

{#
    A post-hook of int_claims_enriched: the claims that an increment writes, by their number. fct_claims is merged in
    this order; built from nothing it needs none.
#}
{% macro index_claims_to_merge() -%}
    {%- if built('fct_claims') -%}
        create index {{ this.schema }}.int_claims_enriched_by_claim_id on {{ this.identifier }} (claim_id)
    {%- endif -%}
{%- endmacro %}

{# A pre-hook of int_plan_segments: a company's plans of a type are divided anew when one of them changes. #}
{% macro delete_segments_of_changed_plans() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where (company_ein, plan_type) in (
            select
                company_ein,
                plan_type
            from {{ ref('int_changed_plans') }}
        )
    {%- endif -%}
{%- endmacro %}

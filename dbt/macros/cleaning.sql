{#
    Text without white space around it. The same five characters as WHITE_SPACE in etl/clean.py: space,
    tab, line feed, carriage return, no-break space. The index on employees_raw repeats the expression.
#}
{% macro trimmed(column) -%}
    {{ return(adapter.dispatch('trimmed')(column)) }}
{%- endmacro %}

{% macro default__trimmed(column) -%}
    trim(both {{ white_space() }} from {{ column }})
{%- endmacro %}

{% macro sqlite__trimmed(column) -%}
    trim({{ column }}, {{ white_space() }})
{%- endmacro %}

{% macro white_space() -%}
    {{ return(adapter.dispatch('white_space')()) }}
{%- endmacro %}

{% macro default__white_space() -%}
    chr(9) || chr(10) || chr(13) || chr(32) || chr(160)
{%- endmacro %}

{% macro sqlite__white_space() -%}
    char(9, 10, 13, 32, 160)
{%- endmacro %}

{# Trimmed text; nothing but white space is no value. #}
{% macro cleaned(column) -%}
    nullif({{ trimmed(column) }}, '')
{%- endmacro %}

{# What a plan covers; the types we know need no cleaning, and most rows have one of them. #}
{% macro plan_type(column) -%}
    case
        when {{ column }} in ('Medical', 'Dental', 'Vision') then {{ column }}
        else {{ cleaned(column) }}
    end
{%- endmacro %}

{#
    An EIN written NN-NNNNNNN where it can be: the rule of normalise_ein in etl/clean.py.

    Remove '-' and white space; if nine digits remain, write them NN-NNNNNNN; else keep the trimmed
    original. Blank is NULL. The first branch is the common case and costs one comparison.
#}
{% macro normalise_ein(column) -%}
    {{ return(adapter.dispatch('normalise_ein')(column)) }}
{%- endmacro %}

{% macro default__normalise_ein(column) -%}
    {%- set bare = without_white_space("replace(" ~ column ~ ", '-', '')") -%}
    case
        when {{ column }} ~ '^[0-9]{2}-[0-9]{7}$' then {{ column }}
        when {{ bare }} ~ '^[0-9]{9}$' then substr({{ bare }}, 1, 2) || '-' || substr({{ bare }}, 3)
        else {{ cleaned(column) }}
    end
{%- endmacro %}

{% macro sqlite__normalise_ein(column) -%}
    {%- set digit = '[0-9]' -%}
    {%- set bare = without_white_space("replace(" ~ column ~ ", '-', '')") -%}
    case
        {# Nine digits written like this stay; other text of this form has no nine digits and, as a digit stands at
           either end, nothing to trim, so it stays as well. Asking for seven digits more takes three times as long. #}
        when {{ column }} glob '{{ digit }}?-??????{{ digit }}' then {{ column }}
        when {{ bare }} glob '{{ digit * 9 }}' then substr({{ bare }}, 1, 2) || '-' || substr({{ bare }}, 3)
        else {{ cleaned(column) }}
    end
{%- endmacro %}

{% macro without_white_space(expression) -%}
    {%- set codes = [9, 10, 13, 32, 160] -%}
    {%- set char = 'char' if target.type == 'sqlite' else 'chr' -%}
    {{ 'replace(' * (codes | length) }}{{ expression }}
    {%- for code in codes %}, {{ char }}({{ code }}), ''){% endfor -%}
{%- endmacro %}

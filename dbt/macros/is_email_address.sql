{#
    Whether a text is an e-mail address: ^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$ over the whole
    text. NULL of NULL.
#}
{% macro is_email_address(column) -%}
    {{ return(adapter.dispatch('is_email_address')(column)) }}
{%- endmacro %}

{% macro default__is_email_address(column) -%}
    {{ column }} ~ '^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$'
{%- endmacro %}

{#
    SQLite has no regular expressions. The pattern in parts: something before the first @ and none but its
    characters; none but those of a domain behind it, so no second @ either; and without the letters
    at its end, the domain is two letters shorter or more, and is a dot with something before it.
    GLOB reads no further than a NUL, so there must be none.
#}
{% macro sqlite__is_email_address(column) -%}
    {%- set letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ' -%}
    {%- set mailbox = 'substr(' ~ column ~ ", 1, instr(" ~ column ~ ", '@') - 1)" -%}
    {%- set domain = 'substr(' ~ column ~ ", instr(" ~ column ~ ", '@') + 1)" -%}
    {%- set above = "rtrim(" ~ domain ~ ", '" ~ letters ~ "')" -%}
    (
        instr({{ column }}, '@') > 1
        and {{ mailbox }} not glob '*[^a-zA-Z0-9._%+-]*'
        and {{ domain }} not glob '*[^a-zA-Z0-9.-]*'
        and {{ above }} glob '?*.'
        and length({{ domain }}) - length({{ above }}) >= 2
        and instr({{ column }}, char(0)) = 0
    )
{%- endmacro %}

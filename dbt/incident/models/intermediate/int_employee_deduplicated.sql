with

ranked as (

    select
        *,
        row_number() over (partition by employee_id order by start_date desc) as recency
    from {{ ref('stg_employees') }}

)

select * from ranked where recency = 1

-- "Joins stg_employees with stg_plans on company_ein with date-range overlap logic to associate employees with
-- their active plans." Taken for one row per employee and plan type.
with

employees as (

    select * from {{ ref('stg_employees') }}

),

plans as (

    select * from {{ ref('stg_plans') }}

),

covered as (

    select
        employees.employee_id,
        {{ generate_surrogate_key(['employees.employee_id', 'employees.start_date']) }} as employee_surrogate_key,
        {{ generate_surrogate_key(
            ['plans.company_ein', 'plans.plan_type', 'plans.carrier_name', 'plans.start_date']
        ) }} as plan_surrogate_key,
        plans.plan_type,
        max(employees.start_date, plans.start_date) as covered_from,
        plans.end_date as covered_to
    from employees
    inner join plans
        on
            employees.company_ein = plans.company_ein
            and (plans.end_date is null or employees.start_date <= plans.end_date)

)

select * from covered

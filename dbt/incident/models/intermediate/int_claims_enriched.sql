-- "Joins stg_claims with plan and company context for downstream analytics." Taken for one row per claim.
with

claims as (

    select * from {{ ref('stg_claims') }}

),

employee_plans as (

    select * from {{ ref('int_employee_plans') }}

),

enriched as (

    select
        claims.claim_id,
        claims.employee_id,
        employee_plans.employee_surrogate_key,
        employee_plans.plan_surrogate_key,
        claims.company_ein,
        claims.service_date,
        claims.amount,
        claims.claim_type
    from claims
    inner join employee_plans
        on
            claims.employee_id = employee_plans.employee_id
            and claims.claim_type = employee_plans.plan_type
            and claims.service_date >= employee_plans.covered_from
            and (employee_plans.covered_to is null or claims.service_date <= employee_plans.covered_to)

)

select * from enriched

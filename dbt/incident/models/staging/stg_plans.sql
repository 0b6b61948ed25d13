select
    company_ein,
    plan_type,
    carrier_name,
    start_date,
    end_date
from {{ source('raw_data', 'plans_raw') }}

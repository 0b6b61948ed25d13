select
    claim_id,
    person_id as employee_id,
    company_ein,
    service_date,
    amount,
    claim_type
from {{ source('raw_data', 'claims_raw') }}

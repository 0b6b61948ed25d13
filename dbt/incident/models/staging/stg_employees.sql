-- person_id is no number in the feeds we have, so it stays the text it is
select
    trim(person_id) as employee_id,
    trim(full_name) as full_name,
    lower(trim(email)) as email,
    trim(title) as title,
    company_ein,
    start_date,
    notes,
    current_timestamp as _dbt_loaded_at
from {{ source('raw_data', 'employees_raw') }}

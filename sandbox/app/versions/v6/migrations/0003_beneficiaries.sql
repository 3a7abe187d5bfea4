-- phase: expand
-- reversible: lossy

-- Up Migration
create table beneficiaries (
  id uuid primary key default gen_random_uuid(),
  owner text not null references app_users (name) on delete cascade,
  name text not null
);
create table allocations (
  id uuid primary key default gen_random_uuid(),
  beneficiary_id uuid not null references beneficiaries (id) on delete restrict,
  amount numeric(14, 2) not null check (amount > 0)
);
create index allocations_by_beneficiary on allocations (beneficiary_id);

-- Down Migration
drop table allocations;
drop table beneficiaries;

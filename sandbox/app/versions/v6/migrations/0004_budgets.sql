-- phase: expand
-- reversible: lossy

-- Up Migration
create table budgets (
  id uuid primary key default gen_random_uuid(),
  owner text not null references app_users (name) on delete cascade,
  total numeric(16, 2) not null,
  reconciled_at timestamptz
);

-- Down Migration
drop table budgets;

-- phase: expand
-- reversible: lossy

-- Up Migration
create table app_users (
  name text primary key,
  password_hash text not null,
  created_at timestamptz not null default now()
);

-- Down Migration
drop table app_users;

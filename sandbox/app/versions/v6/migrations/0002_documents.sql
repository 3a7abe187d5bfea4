-- phase: expand
-- reversible: lossy

-- Up Migration
create table documents (
  id uuid primary key default gen_random_uuid(),
  owner text not null references app_users (name) on delete cascade,
  title text not null,
  body text not null,
  created_at timestamptz not null default now()
);
create index documents_by_owner on documents (owner, created_at desc);

-- Down Migration
drop table documents;

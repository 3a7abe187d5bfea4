-- phase: expand
-- reversible: yes

-- Up Migration
alter table documents add column summary text;

-- Down Migration
alter table documents drop column summary;

-- Up Migration

-- Who caused an event, and by which message; events of before do not say.
alter table order_events add column actor text, add column causation_id text;

-- A fold kept for later, replaced by the next. Never the truth: without it, or with another version of the fold, all events are read.
create table order_snapshots (
  order_id uuid primary key,
  version int not null check (version >= 1),
  evolve_version smallint not null,
  state json not null,
  taken_at timestamptz not null default now()
);

-- Down Migration
drop table order_snapshots;
alter table order_events drop column actor, drop column causation_id;

-- Up Migration

-- Who leads: one row a lease, by the clock of the database. It holds no business data.
create table leader_leases (
  name text primary key,
  holder text not null,
  epoch bigint not null,
  expires_at timestamptz not null
);

-- The newest leader that came to work, wherever its lease lives: writes of older ones do not count.
create table fences (
  name text primary key,
  epoch bigint not null
);

-- When each leader began, and when it last wrote: terms that overlap would be two leaders at once.
create table leader_terms (
  name text not null,
  epoch bigint not null,
  holder text not null,
  began_at timestamptz not null,
  acted_at timestamptz,
  primary key (name, epoch)
);

-- Before remote_calls, in the order in which the service locks them, so that a migration under load does not lock up with it.
-- Sagas that need a person: one that cannot be moved, and one that a person has given up.
alter table sagas add column stuck_since timestamptz;
alter table sagas add column stuck_cause text;
alter table sagas add column abandoned_at timestamptz;
create index sagas_stuck on sagas (order_id) where stuck_since is not null;
create index sagas_abandoned on sagas (order_id) where abandoned_at is not null;

-- A call has failed since then.
alter table remote_calls add column failed_since timestamptz;

-- What operators did, append-only.
create table saga_interventions (
  id bigint generated always as identity primary key,
  order_id uuid not null,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  reason text,
  outcome text not null
);
create index saga_interventions_order on saga_interventions (order_id);

do $$
begin
  if exists (select from pg_roles where rolname = 'order_app') then
    revoke update, delete, truncate on saga_interventions from order_app;
  end if;
end $$;

-- Down Migration
drop table leader_leases, fences, leader_terms, saga_interventions;
alter table sagas drop column stuck_since, drop column stuck_cause, drop column abandoned_at;
alter table remote_calls drop column failed_since;

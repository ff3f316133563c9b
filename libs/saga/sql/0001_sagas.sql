-- Up Migration
-- The least that a host needs; order keeps its sagas beside its orders instead (services/order/migrations).

create table sagas (id text primary key, state json not null, due_at timestamptz);
create index sagas_due on sagas (due_at) where due_at is not null;
create table saga_actions (id bigint generated always as identity primary key, saga_id text not null, kind text not null, type text not null, payload json);

-- Down Migration
drop table sagas, saga_actions;

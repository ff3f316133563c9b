-- Up Migration
-- The outbox and the lanes of its relay. Every PostgreSQL service creates exactly these in its first migration; a test compares them
-- with this file.

create table outbox (id bigint generated always as identity primary key, lane smallint not null, topic text not null, key text not null, headers jsonb not null, value text not null, created_at timestamptz not null default now());
create table relay_lanes (lane smallint primary key, epoch bigint not null default 0);
insert into relay_lanes (lane) select generate_series(0, 3);

-- Up Migration
-- Keys whose next outbox row the broker refuses: the row and all later ones of its topic and key wait, everything else goes on.

create table outbox_parked (topic text not null, key text not null, outbox_id bigint not null, lane smallint not null, cause text not null, attempts int not null default 1, first_at timestamptz not null default now(), last_at timestamptz not null default now(), next_at timestamptz not null, primary key (topic, key));

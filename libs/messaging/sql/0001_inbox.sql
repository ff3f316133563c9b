-- Up Migration
-- The inbox and the parking lot. Every PostgreSQL service that consumes creates exactly these in its first migration; a test
-- compares them with this file.

create table inbox (consumer text not null, message_id text not null, received_at timestamptz not null default now(), primary key (consumer, message_id));
create index inbox_age on inbox using brin (received_at);
create table parked_messages (id bigint generated always as identity primary key, consumer text not null, topic text not null, key text not null, partition int not null, kafka_offset text not null, headers jsonb not null, value text, cause text, attempts int not null default 0, dead boolean not null default false, first_at timestamptz not null default now(), last_at timestamptz not null default now());
create index parked_messages_key on parked_messages (consumer, topic, key);
create unique index parked_messages_position on parked_messages (consumer, topic, partition, kafka_offset);

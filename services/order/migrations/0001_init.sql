-- Up Migration

-- One row an order: its lock, its version and what lists need. The truth is in order_events.
create table orders (
  order_id uuid primary key,
  user_id text not null,
  status text not null,
  version int not null check (version >= 1),
  cart_version int,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
-- A state of a cart becomes one order at most, however many requests race.
create unique index orders_cart_once on orders (user_id, cart_version) where cart_version is not null;

-- Append-only. No foreign key: an event is only ever written by the statement that writes its order row.
create table order_events (
  order_id uuid not null,
  version int not null check (version >= 1),
  type text not null,
  schema_version smallint not null,
  at timestamptz not null,
  data jsonb not null,
  correlation_id text,
  primary key (order_id, version)
);

create table sagas (
  order_id uuid primary key,
  phase text not null,
  state json not null,
  due_at timestamptz
);
create index sagas_due on sagas (due_at) where due_at is not null;

-- Calls to the outside world that are owed: at most one an order, inserted already claimed by its agent.
create table remote_calls (
  order_id uuid primary key,
  operation text not null,
  payload json not null,
  context json not null,
  owner text,
  complete_by timestamptz not null,
  failure_count int not null default 0,
  needs_attention boolean not null default false,
  last_error text
);
create index remote_calls_owner on remote_calls (owner, complete_by);
create index remote_calls_overdue on remote_calls (complete_by);

create table carts (
  user_id text primary key,
  version int not null check (version >= 1),
  lines jsonb not null,
  updated_at timestamptz not null default now()
);

-- Order's own copy of the catalog, so that checkout works while catalog is down.
create table products (
  sku text primary key,
  product_id uuid not null,
  name text not null,
  price_amount bigint not null,
  price_currency text not null,
  status text not null,
  version int not null
);

create table idempotency_keys (
  principal text not null,
  route text not null,
  key text not null,
  body_hash text not null,
  order_id uuid not null,
  response json not null,
  created_at timestamptz not null default now(),
  primary key (principal, route, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);

create table outbox (id bigint generated always as identity primary key, lane smallint not null, topic text not null, key text not null, headers jsonb not null, value text not null, created_at timestamptz not null default now());
create table relay_lanes (lane smallint primary key, epoch bigint not null default 0);
insert into relay_lanes (lane) select generate_series(0, 3);
create table inbox (consumer text not null, message_id text not null, received_at timestamptz not null default now(), primary key (consumer, message_id));
create index inbox_age on inbox using brin (received_at);
create table parked_messages (id bigint generated always as identity primary key, consumer text not null, topic text not null, key text not null, partition int not null, kafka_offset text not null, headers jsonb not null, value text, cause text, attempts int not null default 0, dead boolean not null default false, first_at timestamptz not null default now(), last_at timestamptz not null default now());
create index parked_messages_key on parked_messages (consumer, topic, key);
create unique index parked_messages_position on parked_messages (consumer, topic, partition, kafka_offset);

do $$
begin
  if exists (select from pg_roles where rolname = 'order_app') then
    revoke update, delete, truncate on order_events from order_app;
  end if;
end $$;

-- Down Migration
drop table orders, order_events, sagas, remote_calls, carts, products, idempotency_keys, outbox, relay_lanes, inbox, parked_messages;

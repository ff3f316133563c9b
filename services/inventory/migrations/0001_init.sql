-- Up Migration

-- One row a sku; a receipt creates it. Checks are the last line against overselling, whatever the code above them does.
create table stock (
  sku text primary key check (sku ~ '^[A-Z0-9-]{3,32}$'),
  available bigint not null default 0 check (available >= 0),
  reserved bigint not null default 0 check (reserved >= 0),
  committed bigint not null default 0 check (committed >= 0),
  version bigint not null default 0
);

-- One row a line of an order, kept for good: it is the answer to every repeat. No foreign key to stock: rejected lines
-- may name an unknown sku, and the row lock on stock is taken before this table is touched.
create table reservations (
  order_id uuid not null,
  sku text not null,
  quantity int not null check (quantity > 0),
  state text not null check (state in ('live', 'committed', 'released', 'expired', 'returned', 'rejected')),
  expires_at timestamptz,
  reason text check (reason in ('out-of-stock', 'unknown-sku', 'expired')),
  short_available bigint check (short_available >= 0),
  updated_at timestamptz not null default now(),
  primary key (order_id, sku),
  check ((state = 'rejected') = (reason is not null)),
  check ((state = 'rejected') = (expires_at is null))
);
create index reservations_expiry on reservations (expires_at) where state = 'live';
create index reservations_held on reservations (sku) include (state, quantity) where state in ('live', 'committed');

create table receipts (
  receipt_id text primary key,
  lines jsonb not null,
  received_at timestamptz not null default now()
);

-- Every movement, appended only. The buckets are derived here a second time, independently of the code that moves the
-- stock rows, so that stock_audit compares two books and not one with itself.
create table ledger (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  sku text not null,
  kind text not null check (kind in ('receipt', 'reserve', 'commit', 'release', 'expire', 'return')),
  quantity bigint not null check (quantity > 0),
  order_id uuid,
  receipt_id text references receipts,
  available bigint not null generated always as
    (case when kind in ('receipt', 'release', 'expire', 'return') then quantity when kind = 'reserve' then -quantity else 0 end) stored,
  reserved bigint not null generated always as
    (case when kind = 'reserve' then quantity when kind in ('commit', 'release', 'expire') then -quantity else 0 end) stored,
  committed bigint not null generated always as
    (case when kind = 'commit' then quantity when kind = 'return' then -quantity else 0 end) stored,
  check ((kind = 'receipt') = (receipt_id is not null)),
  check ((kind = 'receipt') = (order_id is null))
);
-- The business keys: each movement happens once to a line, each receipt line is booked once.
create unique index ledger_order_movement on ledger (order_id, sku, kind) where order_id is not null;
create unique index ledger_receipt_line on ledger (receipt_id, sku) where receipt_id is not null;
create index ledger_sku on ledger (sku);

create view stock_audit as
with booked as (
  select sku,
         sum(quantity) filter (where kind = 'receipt') as received,
         sum(available) as available, sum(reserved) as reserved, sum(committed) as committed
  from ledger group by sku
), held as (
  select sku,
         sum(quantity) filter (where state = 'live') as live,
         sum(quantity) filter (where state = 'committed') as committed
  from reservations where state in ('live', 'committed') group by sku
)
select sku,
       coalesce(b.received, 0)::bigint as received,
       s.available, s.reserved, s.committed,
       coalesce(b.available, 0)::bigint as ledger_available,
       coalesce(b.reserved, 0)::bigint as ledger_reserved,
       coalesce(b.committed, 0)::bigint as ledger_committed,
       coalesce(h.live, 0)::bigint as live_reservations,
       coalesce(h.committed, 0)::bigint as committed_reservations,
       coalesce(
         s.available >= 0 and s.reserved >= 0 and s.committed >= 0
         and coalesce(b.received, 0) = s.available + s.reserved + s.committed
         and coalesce(b.available, 0) = s.available
         and coalesce(b.reserved, 0) = s.reserved
         and coalesce(b.committed, 0) = s.committed
         and coalesce(h.live, 0) = s.reserved
         and coalesce(h.committed, 0) = s.committed,
         false) as ok
from stock s
full join booked b using (sku)
full join held h using (sku);

-- Messaging: outbox with its relay lanes, inbox, parked and dead letters.
create table outbox (id bigint generated always as identity primary key, lane smallint not null, topic text not null, key text not null, headers jsonb not null, value text not null, created_at timestamptz not null default now());
create table relay_lanes (lane smallint primary key, epoch bigint not null default 0);
insert into relay_lanes (lane) select generate_series(0, 3);
create table inbox (consumer text not null, message_id text not null, received_at timestamptz not null default now(), primary key (consumer, message_id));
create index inbox_age on inbox using brin (received_at);
create table parked_messages (id bigint generated always as identity primary key, consumer text not null, topic text not null, key text not null, partition int not null, kafka_offset text not null, headers jsonb not null, value text, cause text, attempts int not null default 0, dead boolean not null default false, first_at timestamptz not null default now(), last_at timestamptz not null default now());
create index parked_messages_key on parked_messages (consumer, topic, key);
create unique index parked_messages_position on parked_messages (consumer, topic, partition, kafka_offset);

-- What was booked stays booked: the service may append to these and nothing else.
do $$
begin
  if exists (select from pg_roles where rolname = 'inventory_app') then
    revoke update, delete, truncate on ledger, receipts from inventory_app;
  end if;
end
$$;

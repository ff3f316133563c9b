-- Up Migration

create table payments (
  payment_id uuid primary key,
  order_id uuid not null,
  amount bigint not null check (amount >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  status text not null check (status in ('authorised', 'declined', 'captured', 'voided', 'refunded')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index payments_order on payments (order_id);

-- Every movement of money, appended only: what leaves one account arrives in another. Each movement happens once to a payment.
create table ledger (
  id bigint generated always as identity primary key,
  payment_id uuid not null references payments,
  order_id uuid not null,
  kind text not null check (kind in ('authorise', 'capture', 'void', 'refund')),
  debit text not null check (debit in ('customer', 'hold', 'shop')),
  credit text not null check (credit in ('customer', 'hold', 'shop')),
  amount bigint not null check (amount >= 0),
  currency text not null,
  at timestamptz not null default now(),
  unique (payment_id, kind),
  check (debit <> credit)
);
create index ledger_order on ledger (order_id);

create table idempotency_keys (
  key text primary key check (length(key) between 1 and 255),
  request_hash text not null,
  status int,
  response jsonb,
  created_at timestamptz not null default now()
);

-- The sums per order that an audit compares with the orders.
create view order_sums as
select
  order_id,
  currency,
  coalesce(sum(amount) filter (where kind = 'capture'), 0)::bigint as captured,
  coalesce(sum(amount) filter (where kind = 'refund'), 0)::bigint as refunded,
  (coalesce(sum(amount) filter (where kind = 'authorise'), 0)
    - coalesce(sum(amount) filter (where kind in ('capture', 'void')), 0))::bigint as authorised_open
from ledger
group by order_id, currency;

do $$
begin
  if exists (select from pg_roles where rolname = 'payment_app') then
    revoke update, delete, truncate on ledger from payment_app;
    revoke delete, truncate on payments from payment_app;
  end if;
end $$;

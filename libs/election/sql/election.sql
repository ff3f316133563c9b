create table leader_leases (name text primary key, holder text not null, epoch bigint not null, expires_at timestamptz not null);
create table fences (name text primary key, epoch bigint not null);
create table leader_terms (name text not null, epoch bigint not null, holder text not null, began_at timestamptz not null, acted_at timestamptz, primary key (name, epoch));

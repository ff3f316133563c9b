#!/bin/bash
set -e
[ "${1:0:1}" != - ] || set -- postgres "$@"
[ "$1" = postgres ] || exec "$@"
if [ "$(id -u)" = 0 ]; then mkdir -p "$PGDATA"; chown -R postgres:postgres /var/lib/postgresql /var/run/postgresql; exec setpriv --reuid=postgres --regid=postgres --clear-groups "$0" "$@"; fi
for v in POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB; do f=${v}_FILE; [ -z "${!f:-}" ] || export $v="$(cat "${!f}")"; done
user=${POSTGRES_USER:-postgres} db=${POSTGRES_DB:-${POSTGRES_USER:-postgres}}
mkdir -p "$PGDATA"; chmod 700 "$PGDATA" || true
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    [ -n "${POSTGRES_PASSWORD:-}" ] || { echo "Error: Database is uninitialized and superuser password is not specified." >&2; exit 1; }
    eval "initdb --username=$user --pwfile=<(printf '%s\n' \"\$POSTGRES_PASSWORD\") $POSTGRES_INITDB_ARGS"
    printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
    shift; pg_ctl -D "$PGDATA" -o "-c listen_addresses='' $*" -w start; set -- postgres "$@"
    [ "$db" = postgres ] || psql -v ON_ERROR_STOP=1 -U "$user" -d postgres -c "CREATE DATABASE \"$db\""
    for f in /docker-entrypoint-initdb.d/*; do case $f in *.sh) . "$f";; *.sql) psql -v ON_ERROR_STOP=1 -U "$user" -d "$db" -f "$f";; esac; done
    pg_ctl -D "$PGDATA" -m fast -w stop
fi
exec "$@"

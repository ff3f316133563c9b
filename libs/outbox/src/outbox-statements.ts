const COLUMNS = 'o.id, o.lane, o.topic, o.key, o.headers, o.value';
const NOT_PARKED = 'and not exists (select from outbox_parked p where p.topic = o.topic and p.key = o.key)';

/**
 * Few rows and many dead ones: whatever the statistics of the moment say, the index finds the rows, and forgets the dead ones as
 * soon as they have been passed once; the table keeps them until it is vacuumed.
 */
export const NEVER_AS_A_WHOLE = 'set enable_seqscan = off';

/** What is there of some lanes in id order, for relays that know of nothing parked and for those that do. */
function reading(name: string, before: string, lanes: string, more: string) {
  const text = (unparked: string): string =>
    `${before} select ${COLUMNS} from outbox o where o.lane = any(${lanes}) ${more} ${unparked} order by o.id limit $2`;
  return { all: { name, text: text('') }, unparked: { name: `${name}-unparked`, text: text(NOT_PARKED) } };
}

export const READ = reading('relay-read', '', '$1::smallint[]', '');
/**
 * Deletes what was published and reads on, in the lanes that are still held. Both halves see the table as it was before, so the
 * second leaves out what the first deletes.
 */
export const NEXT = reading(
  'relay-next',
  `with held as materialized (
    select l.lane from relay_lanes l join unnest($1::smallint[], $4::bigint[]) as mine(lane, epoch) using (lane, epoch)
  ), gone as (
    delete from outbox o using held where o.id = any($3::bigint[]) and o.lane = held.lane)`,
  'array(select lane from held)',
  'and o.id <> all($3::bigint[])',
);

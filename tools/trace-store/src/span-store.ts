import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { beginsOrder, ordersOf, type Attributes, type Span } from './span.js';

/** https://sqlite.org/rescode.html#corrupt */
export const SQLITE_CORRUPT = 11;

const SCHEMA = `
  create table if not exists resource (id integer primary key, body text not null unique);
  create table if not exists trace (
    id integer primary key, trace_id text not null unique, first_seen_ms integer not null,
    spans integer not null, begins_order integer not null);
  create table if not exists span (
    trace integer not null, span_id text not null, resource integer not null, body text not null,
    primary key (trace, span_id)) without rowid;
  create table if not exists trace_order (
    order_id text not null, trace integer not null, primary key (order_id, trace)) without rowid;
  create index if not exists trace_order_trace on trace_order (trace);`;

/** The order in which spans arrive is that of the traces' ids, so the oldest trace is the smallest id. */
const QUERIES = {
  findTrace: 'select id from trace where trace_id = ?',
  addTrace: 'insert into trace (trace_id, first_seen_ms, spans, begins_order) values (?, ?, 0, 0)',
  addSpan: 'insert or ignore into span (trace, span_id, resource, body) values (?, ?, ?, ?)',
  countSpans: 'update trace set spans = spans + ? where id = ?',
  beginsOrder: 'update trace set begins_order = 1 where id = ?',
  addOrder: 'insert or ignore into trace_order (order_id, trace) values (?, ?)',
  findResource: 'select id from resource where body = ?',
  addResource: 'insert into resource (body) values (?)',
  oldest: 'select id, spans, first_seen_ms from trace order by id limit 1',
  dropSpans: 'delete from span where trace = ?',
  dropOrders: 'delete from trace_order where trace = ?',
  dropTrace: 'delete from trace where id = ?',
  dropResources: 'delete from resource where id not in (select resource from span)',
  totals: 'select count(*) as traces, coalesce(sum(spans), 0) as spans from trace',
  resources: 'select count(*) as n from resource',
  spansOf: `select t.trace_id, s.span_id, s.body, r.body as resource from span s
    join resource r on r.id = s.resource join trace t on t.id = s.trace where s.trace = ? limit ?`,
  tracesOfOrder: `select t.id, t.trace_id, t.begins_order from trace_order o join trace t on t.id = o.trace
    where o.order_id = ? order by t.begins_order desc, t.id`,
  latestOrder: `select o.order_id from trace t join trace_order o on o.trace = t.id
    where t.begins_order = 1 order by t.id desc limit 1`,
  latest: 'select id, trace_id, spans from trace order by id desc limit ?',
  ordersOf: 'select order_id from trace_order where trace = ?',
} as const;

/** Resources differ by process; a store that outlives many of them forgets those that no span names any more. */
const RESOURCES_BEFORE_CLEANING = 1_000;
/** No order has so many; a trace that has is cut when it is read. */
const SPANS_READ_AT_MOST = 10_000;

export interface StoreBounds {
  readonly maxSpans: number;
  readonly maxAgeMs: number;
}

export interface StoreStats {
  readonly accepted: number;
  readonly duplicates: number;
  readonly evictedForSpace: number;
  readonly evictedForAge: number;
  readonly spans: number;
  readonly traces: number;
}

export interface TraceOfOrder {
  readonly traceId: string;
  readonly spans: Span[];
  /** Other traces that touch the order: those of people who read, ship or cancel it. */
  readonly related: string[];
}

export interface TraceSummary {
  readonly traceId: string;
  readonly spans: Span[];
  readonly orderIds: string[];
}

type Row = Record<string, string | number>;

/**
 * Spans in SQLite, bounded by number and age; what goes first is the oldest trace, and always a whole one.
 * Repeats of a span are absorbed. Not safe for two processes on one file.
 */
export class SpanStore {
  readonly #db: DatabaseSync;
  readonly #queries: Readonly<Record<keyof typeof QUERIES, StatementSync>>;
  readonly #bounds: StoreBounds;
  #spans: number;
  #counts = { accepted: 0, duplicates: 0, evictedForSpace: 0, evictedForAge: 0 };

  /** @param file path of the database, or `:memory:`. @throws an error of SQLite, `SQLITE_CORRUPT` for a page that makes no sense */
  constructor(file: string, bounds: StoreBounds) {
    this.#db = new DatabaseSync(file);
    refuseBroken(this.#db);
    // Losing the newest spans with the machine is fine; a process that dies loses nothing that was committed.
    this.#db.exec('pragma journal_mode = wal; pragma synchronous = off; pragma cache_size = -4096;');
    this.#db.exec(SCHEMA);
    const prepared = Object.entries(QUERIES).map(([name, sql]) => [name, this.#db.prepare(sql)]);
    this.#queries = Object.fromEntries(prepared) as Record<keyof typeof QUERIES, StatementSync>;
    this.#bounds = bounds;
    this.#spans = Number(row(this.#queries.totals.get())?.['spans'] ?? 0);
  }

  /** Keeps all spans of a batch or, when the store fails, none. */
  add(spans: readonly Span[], nowMs: number): void {
    const added = this.#atOnce(() => {
      const batch = { traces: new Map<string, number>(), resources: new Map<Attributes, number>() };
      return spans.reduce((sum, span) => sum + this.#addSpan(span, batch, nowMs), 0);
    });
    this.#spans += added;
    this.#counts.accepted += added;
    this.#counts.duplicates += spans.length - added;
    try {
      this.#evictWhile('evictedForSpace', () => this.#spans > this.#bounds.maxSpans);
    } catch {
      // The batch is kept, which is what was asked. The next one tries again, and so does the sweep, which says what is wrong.
    }
  }

  /** Forgets traces that are too old. */
  sweep(nowMs: number): void {
    const limit = nowMs - this.#bounds.maxAgeMs;
    this.#evictWhile('evictedForAge', (oldest) => Number(oldest['first_seen_ms']) < limit);
    this.#evictWhile('evictedForSpace', () => this.#spans > this.#bounds.maxSpans);
    if (Number(row(this.#queries.resources.get())?.['n'] ?? 0) > RESOURCES_BEFORE_CLEANING) {
      this.#queries.dropResources.run();
    }
  }

  trace(traceId: string): Span[] {
    const found = row(this.#queries.findTrace.get(traceId));
    return found === undefined ? [] : this.#spansOf(Number(found['id']));
  }

  /** The trace that began an order; where that is not here, the oldest that touches it. */
  traceOfOrder(orderId: string): TraceOfOrder | undefined {
    const [first, ...others] = rows(this.#queries.tracesOfOrder.all(orderId));
    if (first === undefined) return undefined;
    const related = others.map((one) => String(one['trace_id']));
    return { traceId: String(first['trace_id']), spans: this.#spansOf(Number(first['id'])), related };
  }

  /** The order whose trace began last. */
  latestOrder(): string | undefined {
    return row(this.#queries.latestOrder.get())?.['order_id']?.toString();
  }

  /** The newest first, each read when it is asked for: two hundred large ones do not fit into the memory of this process. */
  *latest(limit: number): Generator<TraceSummary> {
    for (const one of rows(this.#queries.latest.all(limit))) {
      const [id, traceId] = [Number(one['id']), String(one['trace_id'])];
      const orderIds = rows(this.#queries.ordersOf.all(id)).map((order) => String(order['order_id']));
      yield { traceId, spans: this.#spansOf(id), orderIds };
    }
  }

  stats(): StoreStats {
    const traces = Number(row(this.#queries.totals.get())?.['traces'] ?? 0);
    return { ...this.#counts, spans: this.#spans, traces };
  }

  close(): void {
    this.#db.close();
  }

  /** 1 when the span is new. */
  #addSpan(
    span: Span,
    batch: { traces: Map<string, number>; resources: Map<Attributes, number> },
    nowMs: number,
  ): number {
    const { traceId, spanId, resource, ...body } = span;
    const trace = remembered(batch.traces, traceId, () => this.#traceRow(traceId, nowMs));
    const from = remembered(batch.resources, resource, () => this.#resourceRow(JSON.stringify(resource)));
    if (this.#queries.addSpan.run(trace, spanId, from, JSON.stringify(body)).changes === 0) return 0;
    this.#queries.countSpans.run(1, trace);
    for (const order of ordersOf(span)) this.#queries.addOrder.run(order, trace);
    if (beginsOrder(span)) this.#queries.beginsOrder.run(trace);
    return 1;
  }

  #traceRow(traceId: string, nowMs: number): number {
    const found = row(this.#queries.findTrace.get(traceId));
    return Number(found?.['id'] ?? this.#queries.addTrace.run(traceId, nowMs).lastInsertRowid);
  }

  #resourceRow(body: string): number {
    const found = row(this.#queries.findResource.get(body));
    return Number(found?.['id'] ?? this.#queries.addResource.run(body).lastInsertRowid);
  }

  #spansOf(trace: number): Span[] {
    return rows(this.#queries.spansOf.all(trace, SPANS_READ_AT_MOST)).map((one) => ({
      traceId: String(one['trace_id']),
      spanId: String(one['span_id']),
      ...JSON.parse(String(one['body'])),
      resource: JSON.parse(String(one['resource'])),
    }));
  }

  #evictWhile(why: 'evictedForSpace' | 'evictedForAge', tooMuch: (oldest: Row) => boolean): void {
    for (let oldest = row(this.#queries.oldest.get()); oldest !== undefined && tooMuch(oldest);) {
      const [id, spans] = [Number(oldest['id']), Number(oldest['spans'])];
      this.#atOnce(() => {
        this.#queries.dropSpans.run(id);
        this.#queries.dropOrders.run(id);
        this.#queries.dropTrace.run(id);
      });
      this.#spans -= spans;
      this.#counts[why] += spans;
      oldest = row(this.#queries.oldest.get());
    }
  }

  /** All of it or, when the store fails, nothing. */
  #atOnce<T>(work: () => T): T {
    this.#db.exec('begin');
    try {
      const result = work();
      this.#db.exec('commit');
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('rollback');
      throw error;
    }
  }
}

/** With `synchronous = off` a power cut may leave any page behind, and nothing but a look at all of them tells before it is needed. */
function refuseBroken(db: DatabaseSync): void {
  const found = row(db.prepare('pragma quick_check(1)').get())?.['quick_check'];
  if (found === 'ok') return;
  db.close();
  throw Object.assign(new Error(`the database is broken: ${found}`), { errcode: SQLITE_CORRUPT });
}

function remembered<K>(known: Map<K, number>, key: K, find: () => number): number {
  const value = known.get(key) ?? find();
  known.set(key, value);
  return value;
}

const row = (value: unknown): Row | undefined => value as Row | undefined;
const rows = (values: unknown): Row[] => values as Row[];

import { z } from 'zod';
import type { Attributes, AttributeValue, Span, SpanKind } from './span.js';

/** What is kept of one span at most, so that the number of spans bounds the size of the store. */
const LIMITS = { text: 1_024, attributes: 64, links: 128, events: 16, items: 64 };

const KINDS: readonly SpanKind[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const STATUS = ['unset', 'ok', 'error'] as const;

/** The batch is not OTLP JSON; `detail` names the first place that is wrong. */
export class BrokenBatch extends Error {
  override readonly name = 'BrokenBatch';
}

const id = (digits: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-fA-F]{${digits}}$`), `expected ${digits} hexadecimal digits`)
    .refine((text) => !/^0+$/.test(text), 'is all zeros')
    .transform((text) => text.toLowerCase());
const noParent = z
  .string()
  .regex(/^0*$/)
  .transform(() => null);
const nanoseconds = z.union([z.string().regex(/^\d{1,20}$/), z.number().int().nonnegative().transform(String)]);
const text = z.string().transform((value) => value.slice(0, LIMITS.text));

/** 64-bit integers come as text; those that a number cannot hold stay text. */
const anyValue = z
  .object({
    stringValue: z.string(),
    boolValue: z.boolean(),
    intValue: z.union([z.number(), z.string().regex(/^-?\d{1,20}$/)]),
    doubleValue: z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]),
    arrayValue: z.object({ values: z.array(z.unknown()).default([]) }),
    kvlistValue: z.unknown(),
    bytesValue: z.unknown(),
  })
  .partial();

const attributes = z
  .array(z.object({ key: z.string().max(256), value: anyValue.default({}) }))
  .default([])
  .transform(toAttributes);

const span = z.object({
  traceId: id(32),
  spanId: id(16),
  parentSpanId: z
    .union([id(16), noParent])
    .nullish()
    .transform((value) => value ?? null),
  name: text.default(''),
  kind: z.number().int().default(0),
  startTimeUnixNano: nanoseconds,
  endTimeUnixNano: nanoseconds,
  status: z.object({ code: z.number().int().default(0), message: text.optional() }).default({ code: 0 }),
  attributes,
  links: z.array(z.object({ traceId: id(32), spanId: id(16) })).default([]),
  events: z.array(z.object({ name: text.default(''), timeUnixNano: nanoseconds.default('0'), attributes })).default([]),
});

const batch = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }).default({ attributes: {} }),
      scopeSpans: z.array(z.object({ spans: z.array(span).default([]) })).default([]),
    }),
  ),
});

/**
 * The spans of an OTLP/HTTP JSON body. Fields that are not known are ignored.
 * @throws BrokenBatch when any part of it is wrong: a batch counts as a whole or not at all
 */
export function parseBatch(body: string): Span[] {
  const result = batch.safeParse(parseJson(body));
  if (!result.success) throw new BrokenBatch(firstIssue(result.error));
  return result.data.resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(resource.attributes['service.name'] ?? 'unknown');
    return scopeSpans.flatMap(({ spans }) => spans.map((one) => toSpan(one, service, resource.attributes)));
  });
}

function toSpan(one: z.infer<typeof span>, service: string, resource: Attributes): Span {
  const { traceId, spanId, parentSpanId, name } = one;
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    kind: KINDS[one.kind] ?? 'unspecified',
    service,
    startNs: one.startTimeUnixNano,
    endNs: one.endTimeUnixNano,
    status: { code: STATUS[one.status.code] ?? 'unset', ...(one.status.message && { message: one.status.message }) },
    attributes: one.attributes,
    links: one.links.slice(0, LIMITS.links),
    events: one.events
      .slice(0, LIMITS.events)
      .map((event) => ({ name: event.name, timeNs: event.timeUnixNano, attributes: event.attributes })),
    resource,
  };
}

function toAttributes(list: readonly { key: string; value: z.infer<typeof anyValue> }[]): Attributes {
  return Object.fromEntries(list.slice(0, LIMITS.attributes).map(({ key, value }) => [key, toValue(value)]));
}

function toValue(value: z.infer<typeof anyValue>): AttributeValue {
  if (value.arrayValue === undefined) return scalar(value);
  return value.arrayValue.values.slice(0, LIMITS.items).map((item) => {
    const parsed = anyValue.safeParse(item);
    return parsed.success ? scalar(parsed.data) : clipped(item);
  });
}

/** What is neither text, number nor truth (maps, bytes, arrays in arrays) is kept as its JSON. */
function scalar(value: z.infer<typeof anyValue>): string | number | boolean {
  if (value.stringValue !== undefined) return value.stringValue.slice(0, LIMITS.text);
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.doubleValue !== undefined) return value.doubleValue;
  if (value.intValue === undefined) return clipped(value);
  const number = Number(value.intValue);
  return Number.isSafeInteger(number) ? number : String(value.intValue);
}

const clipped = (value: unknown): string => JSON.stringify(value).slice(0, LIMITS.text);

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new BrokenBatch('the body is not JSON');
  }
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'the batch is not OTLP' : `${issue.path.join('.') || 'body'}: ${issue.message}`;
}

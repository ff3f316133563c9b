import { topics } from '@souk/contracts';
import type { ZodType } from 'zod';
import { components } from '../dist/api/components.js';
import { type Flow, flows } from '../dist/api/flows.js';
import { messageExample } from './examples.ts';
import { VERSION } from './openapi-prose.ts';
import { type JsonSchema, SchemaBook } from './schema-book.ts';

type Name = keyof typeof topics;
interface Topic {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
  readonly messages: Readonly<Record<string, ZodType>>;
}

const BINDING = '0.5.0';
const text = { type: 'string' };
const instant = { type: 'string', format: 'date-time' };

const ABOUT = `Facts and commands between the services, on Kafka. The value of a message is the JSON data alone; the envelope is CloudEvents
1.0 in Kafka's binary mode (headers \`ce_*\`). Messages of one key stay in order; a consumer absorbs repeats by \`ce_id\` and ignores
types and fields it does not know. A breaking change is a new type (\`order.placed.v2\`) beside the old one.`;

/** The envelope of a message of this type, as Kafka headers. */
const envelope = (type: string): JsonSchema => ({
  type: 'object',
  properties: {
    ce_specversion: { const: '1.0' },
    ce_id: { ...text, format: 'uuid', description: 'the same fact has the same id, however often it is sent' },
    ce_type: { const: type },
    ce_source: { ...text, description: 'who sent it, e.g. /souk/order' },
    ce_subject: { ...text, description: 'id of the aggregate' },
    ce_time: instant,
    ce_aggregateversion: { ...text, pattern: '^[0-9]+$', description: 'version of the aggregate after the fact' },
    ce_correlationid: { ...text, description: 'of the request it all began with' },
    ce_causationid: { ...text, description: 'ce_id of the message it answers' },
    traceparent: { ...text, description: 'W3C trace context' },
    'content-type': { const: 'application/json' },
  },
  required: ['ce_specversion', 'ce_id', 'ce_type', 'ce_source', 'ce_time', 'content-type'],
});

const deadLetterMessage: JsonSchema = {
  name: 'dead-letter',
  title: 'A message that could not be handled',
  contentType: 'application/octet-stream',
  headers: {
    type: 'object',
    description: 'the headers of the original, and why it is here',
    properties: {
      'dlq-topic': text,
      'dlq-partition': text,
      'dlq-offset': text,
      'dlq-cause': text,
      'dlq-attempts': text,
      'dlq-first-at': instant,
      'dlq-last-at': instant,
      'dlq-encoding': { enum: ['utf8', 'base64'], description: 'how the original bytes are written' },
    },
    required: ['dlq-topic', 'dlq-partition', 'dlq-offset', 'dlq-cause', 'dlq-attempts', 'dlq-encoding'],
  },
  payload: { ...text, description: 'the original bytes, see dlq-encoding' },
};

function kafkaTopic({ name, partitions, config }: Topic): JsonSchema {
  const { 'cleanup.policy': cleanup = 'delete', 'retention.ms': retention } = config;
  return {
    topic: name,
    partitions,
    topicConfiguration: {
      'cleanup.policy': [cleanup],
      ...(retention !== undefined && { 'retention.ms': Number(retention) }),
    },
    bindingVersion: BINDING,
  };
}

const messageOf = (type: string, schema: ZodType, key: string, book: SchemaBook): JsonSchema => {
  const payload = messageExample(type);
  return {
    name: type,
    title: type,
    contentType: 'application/json',
    headers: envelope(type),
    payload: book.of(schema, 'input'),
    bindings: { kafka: { key: { type: 'string', description: key }, bindingVersion: BINDING } },
    ...(payload !== undefined && { examples: [{ payload }] }),
  };
};

const typesOf = ({ messages }: Topic): string[] => {
  const types = Object.keys(messages);
  return types.length > 0 ? types : ['dead-letter'];
};

function operationsOf(topic: Topic, { senders, receivers }: Flow): [string, JsonSchema][] {
  const operation =
    (action: 'send' | 'receive') =>
    (service: string): [string, JsonSchema] => [
      `${service}.${action}.${topic.name}`.replaceAll(/[^\w-]/g, '_'),
      {
        action,
        summary: `${service} ${action}s ${topic.name}`,
        tags: [{ name: service }],
        channel: { $ref: `#/channels/${topic.name}` },
        messages: typesOf(topic).map((type) => ({ $ref: `#/channels/${topic.name}/messages/${type}` })),
      },
    ];
  return [...senders.map(operation('send')), ...receivers.map(operation('receive'))];
}

/** Every topic with its messages, and who sends and receives them. */
export function asyncApiDocument(): JsonSchema {
  const book = new SchemaBook(components, [], 'draft-07');
  const all = (Object.entries(topics) as [Name, Topic][]).map(([name, topic]) => ({ topic, flow: flows[name] }));
  const messages: Record<string, JsonSchema> = { 'dead-letter': deadLetterMessage };
  for (const { topic, flow } of all)
    for (const [type, schema] of Object.entries(topic.messages))
      messages[type] = messageOf(type, schema, flow.key, book);
  const channels = all.map(({ topic, flow }): [string, JsonSchema] => [
    topic.name,
    {
      address: topic.name,
      description: `${flow.about}. Key: ${flow.key}.`,
      messages: Object.fromEntries(typesOf(topic).map((type) => [type, { $ref: `#/components/messages/${type}` }])),
      bindings: { kafka: kafkaTopic(topic) },
    },
  ]);
  return {
    asyncapi: '3.0.0',
    id: 'urn:souk:messages',
    info: { title: 'Souk messages', version: VERSION, description: ABOUT, license: { name: 'Apache-2.0' } },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(channels),
    operations: Object.fromEntries(all.flatMap(({ topic, flow }) => operationsOf(topic, flow))),
    components: { messages, schemas: book.components() },
  };
}

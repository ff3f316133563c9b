import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Parser } from '@asyncapi/parser';
import { topics } from '@souk/contracts';
import { sourceFiles } from '../architecture/sources.ts';
import { CONTRACTS } from './api-documents.ts';

interface AsyncApi {
  channels: Record<
    string,
    { address: string; messages: object; bindings: { kafka: { partitions: number; topicConfiguration: object } } }
  >;
  operations: Record<string, { action: 'send' | 'receive'; channel: { $ref: string }; tags: { name: string }[] }>;
}

const text = readFileSync(join(CONTRACTS, 'asyncapi.json'), 'utf8');
const document = JSON.parse(text) as AsyncApi;

/** Errors of the official parser; recommendations are not errors. */
async function errorsOf(source: string): Promise<string[]> {
  const { diagnostics } = await new Parser().parse(source);
  return diagnostics
    .filter(({ severity }) => severity === 0)
    .map(({ message, path }) => `${path.join('/')}: ${message}`);
}

describe('AsyncAPI', () => {
  it('is valid to the official parser', async () => expect(await errorsOf(text)).toEqual([]));

  it('names every topic, as it is created', () => {
    const told = Object.values(document.channels).map(({ address, messages, bindings: { kafka } }) => {
      const { 'cleanup.policy': policy, 'retention.ms': retention } = kafka.topicConfiguration as Record<
        string,
        unknown
      >;
      const config = {
        'cleanup.policy': String(policy),
        ...(retention !== undefined && { 'retention.ms': String(retention) }),
      };
      return { name: address, partitions: kafka.partitions, config, types: Object.keys(messages) };
    });
    const created = Object.values(topics).map(({ name, partitions, config, messages }) => {
      const types = Object.keys(messages);
      return { name, partitions, config, types: types.length > 0 ? types : ['dead-letter'] };
    });
    expect(told).toEqual(created);
  });

  it('names who sends and who receives as the code does', () => {
    const told = Object.values(document.operations).map(({ action, channel, tags: [service] }) => {
      return `${service?.name} ${action}s ${channel.$ref.replace('#/channels/', '')}`;
    });
    const found = sourceFiles().flatMap(({ path, text: source }) => flowsIn(path, source));
    expect(told.sort()).toEqual([...new Set(found)].sort());
  });
});

describe('these checks', () => {
  it('notice an operation on a channel that is not there, and a message without a type', async () => {
    const lost = structuredClone(document);
    delete lost.channels['activity.v1'];
    expect(await errorsOf(JSON.stringify(lost))).not.toEqual([]);
    expect(await errorsOf('{"asyncapi":"3.0.0","info":{"title":"x"},"channels":{}}')).not.toEqual([]);
  });

  it('see every form in which code sends and receives', () => {
    const source =
      '@EventPattern<string>(topics.orderEvents.name) { topic: topics.activity, } deadLetterTopic: topics.orderDeadLetters.name';
    expect(flowsIn('services/order/src/query/a.ts', source)).toEqual([
      'order-query receives order.events.v1',
      'order-query sends activity.v1',
      'order-query sends order.dlq.v1',
    ]);
    expect(flowsIn('services/order/src/a.spec.ts', source)).toEqual([]);
  });
});

function flowsIn(path: string, source: string): string[] {
  const service = serviceOf(path);
  if (service === undefined || /\.(spec|suite|mother)\.ts$|\/test\//.test(path)) return [];
  const find = (pattern: RegExp, verb: string): string[] =>
    [...source.matchAll(pattern)].flatMap(([, name = '']) => {
      const topic = Object.entries(topics).find(([key]) => key === name)?.[1];
      return topic === undefined ? [] : [`${service} ${verb} ${topic.name}`];
    });
  return [
    ...find(/@EventPattern(?:<string>)?\(topics\.(\w+)\.name/g, 'receives'),
    ...find(/\btopic: topics\.(\w+)/g, 'sends'),
    ...find(/\bdeadLetter(?:s|Topic): topics\.(\w+)/g, 'sends'),
  ];
}

function serviceOf(path: string): string | undefined {
  if (path.startsWith('services/order/src/query/')) return 'order-query';
  if (path.startsWith('gateway/')) return 'gateway';
  return /^services\/([^/]+)\//.exec(path)?.[1];
}

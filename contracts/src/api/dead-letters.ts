import {
  deadLetterDetails,
  deadLetterList,
  deadLetterPage,
  deadLetterResult,
  deadLetterService,
  gatherDeadLettersQuery,
  listDeadLettersQuery,
} from '../dead-letters.js';
import type { Operation, Parameter } from './operation.js';

const id: Parameter = { schema: deadLetterPage.shape.items.element.shape.id, description: 'id of the dead letter' };
const service: Parameter = {
  schema: deadLetterService,
  description: 'the service that keeps it',
  example: 'inventory',
};
const filters = {
  topic: 'of this topic',
  key: 'of this message key, e.g. an order id',
  limit: 'at most so many of each service, the oldest first',
};

/** What can be done with one, at a service and at the gateway. */
const one = (path: string, params: NonNullable<Operation['params']>): readonly Operation[] => [
  {
    id: 'getDeadLetter',
    method: 'get',
    path,
    access: 'admin',
    tag: 'Administration',
    summary: 'One dead letter with its headers and bytes',
    params,
    answers: { 200: { description: 'The dead letter', schema: deadLetterDetails } },
    problems: ['dead-letter-not-found'],
  },
  {
    id: 'replayDeadLetter',
    method: 'post',
    path: `${path}/replay`,
    access: 'admin',
    tag: 'Administration',
    summary: 'Handle a dead letter again, then what waits behind it',
    description:
      'In order and in one transaction. What fails again stays dead with its new cause, and everything behind it goes on waiting: ' +
      '`outcome` says which. Of two that try at once the second is answered 404.',
    params,
    answers: { 200: { description: 'What came of it', schema: deadLetterResult } },
    problems: ['dead-letter-not-found', 'dead-letter-busy'],
  },
  {
    id: 'discardDeadLetter',
    method: 'post',
    path: `${path}/discard`,
    access: 'admin',
    tag: 'Administration',
    summary: 'Give a dead letter up, and handle what waits behind it',
    description: 'Its effect never happens; its copy on the dead letter topic stays until that forgets it.',
    params,
    answers: { 200: { description: 'What came of it', schema: deadLetterResult } },
    problems: ['dead-letter-not-found', 'dead-letter-busy'],
  },
];

/** At every service that keeps dead letters; people reach them through the gateway. */
export const deadLetterOperations: readonly Operation[] = [
  {
    id: 'listDeadLetters',
    method: 'get',
    path: '/admin/dead-letters',
    access: 'admin',
    tag: 'Administration',
    summary: 'Messages that this service gave up, the oldest first',
    query: listDeadLettersQuery,
    queryHelp: filters,
    answers: { 200: { description: 'Dead letters, and how many there are', schema: deadLetterPage } },
  },
  ...one('/admin/dead-letters/{id}', { id }),
];

const PUBLIC = '/api/admin/dead-letters';
const atGateway = (operation: Operation): Operation => ({ ...operation, public: operation.path });

/** The same at the gateway, which asks all of them. */
export const gatheredDeadLetters: readonly Operation[] = [
  {
    id: 'listDeadLetters',
    method: 'get' as const,
    path: PUBLIC,
    access: 'admin' as const,
    tag: 'Administration',
    summary: 'Messages that any service gave up, the oldest first',
    description: 'Services that did not answer in time are named in `missing`.',
    query: gatherDeadLettersQuery,
    queryHelp: { ...filters, service: 'of this service alone' },
    answers: { 200: { description: 'Dead letters, and how many there are', schema: deadLetterList } },
  },
  ...one(`${PUBLIC}/{service}/{id}`, { service, id }),
].map(atGateway);

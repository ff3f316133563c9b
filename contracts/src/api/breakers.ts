import { z } from 'zod';
import { breakerAction, breakerList, breakerPage, breakerView } from '../gateway/resilience.js';
import type { Operation } from './operation.js';

const PUBLIC = '/api/admin/breakers';

const change = (path: string): Operation => ({
  id: 'changeBreaker',
  method: 'post',
  path: `${path}/{name}/{action}`,
  access: 'admin',
  tag: 'Administration',
  standsAlone: true,
  summary: 'Hold a circuit open or closed, or let it go',
  description:
    'In the process that answers. It stays so until `reset`, which begins anew with nothing counted, or until the process ends.',
  params: {
    name: { schema: z.string(), description: 'name of the breaker', example: 'recommendation' },
    action: { schema: breakerAction, description: 'what to do with it', example: 'reset' },
  },
  answers: { 200: { description: 'The breaker afterwards', schema: breakerView } },
  problems: ['breaker-not-found', 'breaker-off'],
});

/** At order, which asks the ambassador beside it. */
export const breakerOperations: readonly Operation[] = [
  {
    id: 'listBreakers',
    method: 'get',
    path: '/admin/breakers',
    access: 'admin',
    tag: 'Administration',
    summary: 'Circuit breakers of the calls that leave the shop',
    answers: { 200: { description: 'One for each upstream of the ambassador', schema: breakerPage } },
  },
  change('/admin/breakers'),
];

const atGateway = (operation: Operation): Operation => ({ ...operation, public: operation.path });

/** The same at the gateway, with its own circuits. */
export const gatheredBreakers: readonly Operation[] = [
  {
    id: 'listBreakers',
    method: 'get' as const,
    path: PUBLIC,
    access: 'admin' as const,
    tag: 'Administration',
    summary: 'Circuit breakers and bulkheads of the shop',
    description:
      'Two for each version of each service, one for calls that wait, as the gateway that answers sees them; and those of the ambassador ' +
      'beside order. Each replica judges for itself: `process` says which it is. `missing`: order did not answer.',
    answers: { 200: { description: 'The breakers', schema: breakerList } },
  },
  change(PUBLIC),
].map(atGateway);

import { abandonSaga, listSagasQuery, sagaDetails, sagaIntervention, sagaList } from '../order/saga-http.js';
import type { Operation } from './operation.js';
import { orderId } from './parameters.js';

const params = { orderId };

/** What operators see of the sagas, and do about those that cannot go on by themselves. */
export const sagaOperations: readonly Operation[] = [
  {
    id: 'listSagas',
    method: 'get',
    path: '/admin/sagas',
    public: '/api/admin/sagas',
    access: 'admin',
    tag: 'Administration',
    summary: 'Sagas that need a person, or in another state',
    query: listSagasQuery,
    queryHelp: { state: 'parked without it', limit: 'at most so many; `total` counts all' },
    answers: { 200: { description: 'The oldest first; of finished ones the newest', schema: sagaList } },
  },
  {
    id: 'getSaga',
    method: 'get',
    path: '/admin/sagas/{orderId}',
    public: '/api/admin/sagas/{orderId}',
    access: 'admin',
    tag: 'Administration',
    summary: 'The saga of an order, step by step',
    params,
    answers: { 200: { description: 'Its steps, the call that is owed, and who intervened', schema: sagaDetails } },
    problems: ['order-not-found'],
  },
  {
    id: 'retrySaga',
    method: 'post',
    path: '/admin/sagas/{orderId}/retry',
    public: '/api/admin/sagas/{orderId}/retry',
    access: 'admin',
    tag: 'Administration',
    summary: 'Try what a parked or abandoned saga waits for again, now',
    description: 'With no failures behind it. A repeat, or one that is not parked, is answered `unchanged`.',
    params,
    answers: { 202: { description: 'What came of it', schema: sagaIntervention } },
    problems: ['order-not-found'],
  },
  {
    id: 'abandonSaga',
    method: 'post',
    path: '/admin/sagas/{orderId}/abandon',
    public: '/api/admin/sagas/{orderId}/abandon',
    access: 'admin',
    tag: 'Administration',
    summary: 'Give a parked saga up',
    description:
      'Before the point of no return it compensates: the order is cancelled. After it nothing is tried any more, and `byHand` says ' +
      'what remains for a person. A repeat is answered `unchanged`.',
    params,
    body: abandonSaga,
    answers: { 202: { description: 'What came of it', schema: sagaIntervention } },
    problems: ['order-not-found', 'saga-not-parked'],
  },
];

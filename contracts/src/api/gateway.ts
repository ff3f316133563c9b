import { z } from 'zod';
import { reportActivity } from '../activity/http.js';
import {
  batchAnswer,
  batchRequest,
  cachePurge,
  cachePurgeQuery,
  homePageView,
  productPageView,
  sessionView,
  signedOut,
} from '../gateway/http.js';
import { gatheredBreakers } from './breakers.js';
import { throttleView } from '../gateway/limits.js';
import { gatheredDeadLetters } from './dead-letters.js';
import type { Answer, Operation, ServiceApi } from './operation.js';
import { productId, throttledCaller } from './parameters.js';

/** The gateway serves its operations at their public address. */
const own = (operation: Omit<Operation, 'public'>): Operation => ({ ...operation, public: operation.path });

const pages: readonly Operation[] = [
  own({
    id: 'getHomePage',
    method: 'get',
    path: '/api/pages/home',
    access: 'anonymous',
    tag: 'Pages',
    summary: 'Everything the first page shows',
    description:
      'Optional parts that could not be had are null, and `missing` says why; or they are what they last were, and `aged` says how old. ' +
      '`forYou` is there only for those who are signed in.',
    answers: { 200: { description: 'The page', schema: homePageView } },
    problems: ['aggregation-busy'],
  }),
  own({
    id: 'getProductPage',
    method: 'get',
    path: '/api/pages/product/{id}',
    access: 'anonymous',
    tag: 'Pages',
    summary: 'Product, stock and recommendations in one answer',
    description:
      'Optional parts that could not be had are null, and `missing` says why; or they are what they last were, and `aged` says how old.',
    params: { id: productId },
    answers: { 200: { description: 'The page', schema: productPageView } },
    problems: ['product-not-found', 'aggregation-busy'],
  }),
  own({
    id: 'runBatch',
    method: 'post',
    path: '/api/batch',
    access: 'anonymous',
    tag: 'Pages',
    summary: 'Several requests in one',
    standsAlone: true,
    description:
      'They run with your identity; the answers come in the order of the requests. No batch in a batch. An item answers as its request ' +
      'would alone, or, in its own `status` and `body`, with `stream-in-batch` (400), `batch-answer-too-large` (502), ' +
      '`batch-not-begun` (503) or `batch-timeout` (504): codes of items, never of the batch.',
    body: batchRequest,
    answers: { 200: { description: 'One answer for each request, problems included', schema: batchAnswer } },
    problems: ['batch-in-batch', 'aggregation-busy'],
  }),
  own({
    id: 'reportActivity',
    method: 'post',
    path: '/api/activity',
    access: 'anonymous',
    tag: 'Pages',
    standsAlone: true,
    summary: 'Tell what a client showed by itself',
    body: reportActivity,
    answers: { 202: { description: 'Taken note of; may be dropped under load', schema: z.strictObject({}) } },
  }),
];

const signIn: readonly Operation[] = [
  own({
    id: 'signIn',
    method: 'get',
    credentials: 'none',
    path: '/auth/login',
    access: 'anonymous',
    tag: 'Sign-in',
    summary: 'Go to the sign-in page of the identity provider',
    query: z.strictObject({
      returnTo: z.string().optional(),
      email: z.email().max(254).optional(),
      issuer: z.string().max(20).optional(),
      choose: z.enum(['true', 'false']).optional(),
    }),
    queryHelp: {
      returnTo: 'a local path to come back to, e.g. `/`',
      email: 'who wants to sign in: the domain says at which provider',
      issuer: 'the name of the provider, where it is known',
      choose: '`true`: ask, whatever is remembered of the last time',
    },
    answers: {
      200: {
        description: 'A page that asks for the provider, when nothing says which',
        schema: z.string(),
        types: ['text/html'],
      },
      303: { description: 'To the identity provider', headers: ['Location', 'Set-Cookie'] },
    },
    problems: ['identity-unavailable'],
  }),
  own({
    id: 'finishSignIn',
    method: 'get',
    credentials: 'none',
    path: '/auth/callback',
    access: 'anonymous',
    tag: 'Sign-in',
    summary: 'Where the identity provider sends the browser back to',
    query: z.looseObject({ code: z.string().optional(), state: z.string().optional(), error: z.string().optional() }),
    answers: { 303: { description: 'Signed in; back to where it began', headers: ['Location', 'Set-Cookie'] } },
    problems: ['sign-in-failed', 'identity-unavailable'],
  }),
  own({
    id: 'signOut',
    credentials: 'session',
    method: 'post',
    path: '/auth/logout',
    access: 'anonymous',
    tag: 'Sign-in',
    summary: 'Sign out here, and learn where to sign out at the identity provider',
    description: 'Without a session nothing happens, and the answer is the same.',
    answers: { 200: { description: 'Signed out here', schema: signedOut, headers: ['Set-Cookie'] } },
  }),
  own({
    id: 'getSession',
    credentials: 'session',
    method: 'get',
    path: '/auth/session',
    access: 'anonymous',
    tag: 'Sign-in',
    summary: 'Who is signed in by cookie',
    description: '`csrfToken` goes into the header `x-csrf-token` of every write that the cookie signs.',
    answers: { 200: { description: 'The session', schema: sessionView } },
    problems: ['authentication-required'],
  }),
];

const administration: readonly Operation[] = [
  own({
    id: 'purgeCache',
    method: 'delete',
    path: '/api/admin/cache',
    access: 'admin',
    tag: 'Administration',
    summary: 'Forget answers that the gateway keeps',
    description: 'Of the gateway that answers; others forget by themselves, within seconds.',
    query: cachePurgeQuery,
    queryHelp: { upstream: 'of this service alone' },
    answers: { 200: { description: 'How many there were', schema: cachePurge } },
  }),
  own({
    id: 'getThrottle',
    method: 'get',
    path: '/api/admin/throttle',
    access: 'admin',
    tag: 'Administration',
    summary: 'Who uses how much, and who is shut out',
    description:
      'Of the gateway that answers: points since it started, of those who use most. Who is blocked all of them know.',
    answers: { 200: { description: 'Usage and blocks', schema: throttleView } },
  }),
  own({
    id: 'unblockCaller',
    method: 'delete',
    path: '/api/admin/throttle/blocks/{caller}',
    access: 'admin',
    tag: 'Administration',
    summary: 'Let somebody in again who was shut out',
    description: 'Every gateway knows within a second or two.',
    params: { caller: throttledCaller },
    answers: { 204: { description: 'They may come in' } },
    problems: ['caller-not-blocked', 'throttle-store-unavailable'],
  }),
];

const document = (id: string, path: string, summary: string, answer: Partial<Answer>): Operation =>
  own({
    id,
    method: 'get',
    path,
    access: 'anonymous',
    credentials: 'none',
    tag: 'Documents',
    summary,
    answers: { 200: { description: summary, ...answer } },
  });

const json: Partial<Answer> = { schema: z.looseObject({}), headers: ['ETag'] };
const html: Partial<Answer> = { schema: z.string(), types: ['text/html'] };

export const gatewayApi: ServiceApi = {
  title: 'Gateway',
  description: 'What the gateway answers by itself; everything else it passes on.',
  security: 'public',
  operations: [
    ...pages,
    ...signIn,
    ...gatheredDeadLetters,
    ...administration,
    ...gatheredBreakers,
    document('getGuide', '/', 'The landing page for browsers, a text guide for others', {
      schema: z.string(),
      types: ['text/html', 'text/plain'],
    }),
    document('getTextGuide', '/guide', 'The text guide, for browsers too', {
      schema: z.string(),
      types: ['text/plain'],
    }),
    document('getDocs', '/docs', 'This reference, for people', html),
    document('getOpenApi', '/openapi.json', 'This document', json),
    document('getAsyncApi', '/asyncapi.json', 'Topics and messages, as AsyncAPI 3.0', json),
  ],
};

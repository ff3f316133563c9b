import { expect } from '@jest/globals';
import type { OrderAccepted, OrderHistory, PublicOrder } from '@souk/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { TestApp } from './order-app.js';
import { aRequest } from './order-database.js';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export interface CallOptions {
  readonly user?: string;
  readonly roles?: string[];
  readonly body?: object | undefined;
  readonly headers?: Record<string, string>;
}

/** Requests to the service as its customers and admins make them. */
export function clientOf(shop: () => TestApp) {
  async function call<T = Record<string, unknown>>(method: Method, url: string, options: CallOptions = {}) {
    const { user = 'alice', roles = [], body, headers = {} } = options;
    const { app, as } = shop();
    const answer = await app.inject({
      method,
      url,
      headers: { ...(await as(user, ...roles)), ...headers },
      ...(body && { payload: body }),
    });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: (answer.body ? JSON.parse(answer.body) : undefined) as T,
    };
  }
  const place = (body: object = aRequest(), options: CallOptions = {}) =>
    call<OrderAccepted>('POST', '/orders', {
      ...options,
      body,
      headers: { 'idempotency-key': uuidv7(), ...options.headers },
    });
  const ended = (orderId: string) => call<PublicOrder>('GET', `/orders/${orderId}?wait=10s`);
  const history = async (orderId: string) =>
    (await call<OrderHistory>('GET', `/orders/${orderId}/history`)).body.events;
  return { call, place, ended, history };
}

export const card = (token: string) => aRequest({ paymentMethod: { type: 'card', token } });
export const problem = (status: number, code: string) => ({ status, body: expect.objectContaining({ status, code }) });

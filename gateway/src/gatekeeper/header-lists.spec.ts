import { describe, expect, it } from '@jest/globals';
import { forwardedHeaders, returnedHeaders } from './header-lists.js';

describe('header lists', () => {
  it('GK-4 lets nothing about identity or origin through', () => {
    const spoofed = [
      'authorization',
      'cookie',
      'x-user-id',
      'x_user_id',
      'x-roles',
      'x-forwarded-for',
      'forwarded',
      'x-real-ip',
      'x-original-url',
      'x-souk-public-path',
      'x-http-method-override',
      'connection',
      'traceparent',
      'x-correlation-id',
      'host',
    ];
    expect(forwardedHeaders(Object.fromEntries(spoofed.map((name) => [name, 'x'])))).toEqual({});
  });

  it('passes what a service needs', () => {
    const headers = {
      accept: 'a',
      'content-type': 'application/json',
      'idempotency-key': 'k',
      'if-match': '"1"',
      'last-event-id': '7',
    };
    expect(forwardedHeaders(headers)).toEqual(headers);
  });

  it('GK-4 keeps internal headers of services inside and puts their paths under /api', () => {
    const answer = { server: 'x', 'set-cookie': ['a=1'], 'x-powered-by': 'y', etag: '"3"', location: '/orders/7' };
    expect(returnedHeaders(answer)).toEqual({ etag: '"3"', location: '/api/orders/7' });
    expect(returnedHeaders({ location: '/api/orders/7' })).toEqual({ location: '/api/orders/7' });
  });
});

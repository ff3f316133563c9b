import { describe, expect, it } from '@jest/globals';
import { single, toCaller, toUpstream } from './headers.js';

describe('headers on their way upstream', () => {
  it('lose what belongs to the connection, also what Connection names', () => {
    const given = {
      host: '127.0.0.1:8181',
      connection: ['keep-alive, X-Mine'],
      'keep-alive': 'timeout=5',
      'x-mine': '1',
      te: 'trailers',
      upgrade: 'h2c',
      'transfer-encoding': 'chunked',
      'content-length': '3',
      expect: '100-continue',
      'proxy-authorization': 'Basic eA==',
      'idempotency-key': 'k',
      accept: ['a', 'b'],
    };
    expect(toUpstream(given, {})).toEqual({ 'idempotency-key': 'k', accept: ['a', 'b'] });
  });

  it('AMB-4 lose what is meant for the ambassador', () => {
    expect(toUpstream({ 'x-amb-retry': 'off', 'x-amb-anything': '1', 'x-deadline-ms': '5' }, {})).toEqual({});
  });

  it('AMB-10 have the credentials of the ambassador and never those of the caller', () => {
    expect(toUpstream({ authorization: 'Bearer forged', a: '1' }, { authorization: 'Bearer real' })).toEqual({
      authorization: 'Bearer real',
      a: '1',
    });
    expect(toUpstream({ authorization: 'Bearer own' }, {})).toEqual({ authorization: 'Bearer own' });
  });
});

describe('headers on their way back', () => {
  it('lose what belongs to the connection and what pretends to be ours', () => {
    const given = {
      connection: 'close',
      'transfer-encoding': 'chunked',
      'x-amb-attempts': '9',
      'set-cookie': ['a', 'b'],
    };
    expect(toCaller(given)).toEqual({ 'set-cookie': ['a', 'b'] });
    expect(toCaller({ 'content-length': '12', trailer: 'x' })).toEqual({ 'content-length': '12' });
  });
});

it('a single value is a value that is there once', () => {
  expect([single('a'), single(['a']), single(['a', 'b']), single([]), single(undefined)]).toEqual([
    'a',
    'a',
    undefined,
    undefined,
    undefined,
  ]);
});

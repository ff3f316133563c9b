import { describe, expect, it } from '@jest/globals';
import { answeredHeaders, passedHeaders } from './passed-headers.js';

describe('headers that go in', () => {
  it('GK-4 are those that mean something to the gateway', () => {
    const given = { host: 'shop.test', authorization: 'Bearer x', cookie: 'a=1', 'x-csrf-token': 't', accept: '*/*' };
    expect(passedHeaders(given)).toEqual(given);
  });

  it('GK-4 are no identity, no forwarding and no hop-by-hop headers, however they are spelt', () => {
    const names = ['user-id', 'roles', 'forwarded-for', 'real-ip', 'original-url', 'souk-pass', 'souk-public-path'];
    const forged = names.flatMap((name) => {
      const underscored = name.replaceAll('-', '_');
      return [
        `x-${name}`,
        `x_${underscored}`,
        `x-${underscored}`,
        `X-${name}`,
        ` x-${name}`,
        `x-${name} `,
        `http-x-${name}`,
      ];
    });
    const hops = ['connection', 'te', 'upgrade', 'keep-alive', 'proxy-authorization', 'trailer', 'transfer-encoding'];
    const more = ['forwarded', 'via', 'x-http-method-override', 'expect', 'content-length'];
    const given = Object.fromEntries([...forged, ...hops, ...more].map((name) => [name, '1']));
    expect(Object.keys(given).length).toBeGreaterThan(55);
    expect(passedHeaders(given)).toEqual({});
  });

  it.each(['a\r\nx-user-id: 1', 'a\0', 'a\u007f', 'caf\u00e9', 'a\u2028'])('GK-4 hold no %j', (value) => {
    expect(passedHeaders({ 'user-agent': value })).toEqual({});
  });

  it.each([
    ['theirs=caf\u00e9; session=a', 'session=a'],
    ['session=a; theirs=caf\u00e9; other="b c"', 'session=a; other="b c"'],
    ['session=a;theirs=1\r\nx-user-id: 1', 'session=a'],
    ['caf\u00e9=1', undefined],
  ])('GK-4 of the cookies %j go in as %j: a bad one takes no other with it', (cookie, passed) => {
    expect(passedHeaders({ cookie })).toEqual(passed === undefined ? {} : { cookie: passed });
  });

  it('are more where the gateway chooses routes by them', () => {
    expect(passedHeaders({ 'x-canary': 'yes', 'x-other': 'yes' }, ['x-canary'])).toEqual({ 'x-canary': 'yes' });
  });

  it('come out as they are, those of the connection aside', () => {
    const given = {
      'content-type': 'text/html',
      'set-cookie': ['a=1', 'b=2'],
      connection: 'keep-alive, X-Private',
      'x-private': '1',
      'transfer-encoding': 'chunked',
    };
    expect(answeredHeaders(given)).toEqual({ 'content-type': 'text/html', 'set-cookie': ['a=1', 'b=2'] });
  });
});

import { describe, expect, it } from '@jest/globals';
import { parseSettings } from './definitions.js';
import { addressOf } from './settings.js';

const one = (lines: string): string =>
  `upstreams:\n  payment:\n    listen: 127.0.0.1:8181\n    url: http://payment:8080\n${lines}`;

describe('the configuration', () => {
  it('needs an address and a URL; everything else has a value of its own', () => {
    expect(parseSettings(one(''))).toEqual({
      payment: {
        listen: '127.0.0.1:8181',
        url: 'http://payment:8080',
        timeoutMs: 3_000,
        retry: { attempts: 2, baseDelayMs: 100, maxDelayMs: 1_000, budgetPercent: 10 },
        breaker: {
          failureRatio: 0.5,
          windowMs: 10_000,
          minimumCalls: 10,
          openMs: 1_000,
          maxOpenMs: 30_000,
          trials: 3,
          successes: 2,
        },
        bulkhead: { concurrent: 32, queue: 32 },
        headers: {},
      },
    });
  });

  it.each<[string, string, RegExp]>([
    ['no YAML', 'upstreams: [', /^no YAML/],
    ['nothing', '', /the file/],
    ['no upstream', 'upstreams: {}', /at least one upstream/],
    ['an unknown field', one('    timeout: 3\n'), /upstreams.payment: .*timeout/],
    ['a word for a number', one('    timeoutMs: soon\n'), /upstreams.payment.timeoutMs/],
    ['a path in the URL', one('').replace(':8080', ':8080/api'), /origin alone/],
    ['credentials in the URL', one('').replace('//payment', '//a:b@payment'), /origin alone/],
    ['something else than a URL', one('').replace('http://', ''), /expected http/],
    ['another protocol', one('').replace('http:', 'ftp:'), /expected http/],
    ['an address without a port', one('').replace(':8181', ''), /expected host:port/],
    ['a port that there is not', one('').replace(':8181', ':70000'), /expected host:port/],
    ['TLS without https', one('    tls: {serverName: x}\n'), /needs an https url/],
    ['a certificate without its key', one('    tls: {certFile: /x}\n').replace('http:', 'https:'), /belong together/],
    ['a header of the connection', one('    headers: {host: {file: /x}}\n'), /set by the ambassador/],
    ['more successes than trials', one('    breaker: {trials: 2, successes: 3}\n'), /successes/],
    [
      'the same address twice',
      `${one('')}  other:\n    listen: 127.0.0.1:8181\n    url: http://x\n`,
      /same listen address/,
    ],
  ])('AMB-5 is refused with %s, and says why', (_, text, reason) => {
    expect(() => parseSettings(text)).toThrow(reason);
  });

  it('takes IPv6 addresses', () => {
    expect(addressOf('[::1]:8181')).toEqual({ host: '::1', port: 8181 });
    expect(addressOf('localhost:1')).toEqual({ host: 'localhost', port: 1 });
  });
});

import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { ambassadorConfig } from './ambassador-config.ts';
import { portsFor } from './ports.ts';

describe('the configuration of the ambassador on the host', () => {
  it('AMB-1 listens for order on loopback and calls the payment of the same instance', () => {
    expect(parse(ambassadorConfig(portsFor(6000)))).toEqual({
      upstreams: {
        payment: {
          listen: '127.0.0.1:14120',
          url: 'http://127.0.0.1:14110',
          timeoutMs: 3000,
          retry: { attempts: 2, baseDelayMs: 100, maxDelayMs: 1000 },
        },
      },
    });
  });
});

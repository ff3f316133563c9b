import { describe, expect, it } from '@jest/globals';
import { readWrk } from './gateway-load.ts';

const REPORT = `Running 5s test @ http://127.0.0.1:18701/api/cart
  1 threads and 50 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.05ms    2.37ms  51.72ms   97.99%
    Req/Sec    65.20k     3.20k   70.18k    50.50%
  Latency Distribution
     50%  637.00us
     75%  701.00us
     90%    1.10ms
     99%    1.02s
  325000 requests in 5.01s, 400.35MB read
Requests/sec:  65500.38
Transfer/sec:     79.94MB
`;

describe('the report of wrk', () => {
  it('is read in milliseconds, whatever unit stands there', () => {
    expect(readWrk(REPORT, 5)).toEqual({ requests: 325_000, perSecond: 65_000, p50: 0.637, p99: 1_020 });
  });

  it.each([
    ['bad answers', '  Non-2xx or 3xx responses: 12\n'],
    ['lost ones', '  Socket errors: connect 0, read 3, write 0, timeout 0\n'],
  ])('with %s stands for nothing', (_what, line) => {
    expect(() => readWrk(REPORT + line, 5)).toThrow(/bad|lost/);
  });
});

import { describe, expect, it } from '@jest/globals';
import { Metrics } from './metrics.js';

describe('metrics', () => {
  it('are Prometheus text with the values of this moment', () => {
    const metrics = new Metrics();
    let calls = 1;
    metrics.counter('calls_total', 'Calls.', () => calls);
    metrics.gauge('open', 'Open ones.', () => [
      { labels: { upstream: 'a"b' }, value: 2 },
      { labels: { upstream: 'c' }, value: 0.5 },
    ]);
    calls = 7;
    expect(metrics.render()).toBe(
      [
        '# HELP calls_total Calls.',
        '# TYPE calls_total counter',
        'calls_total 7',
        '# HELP open Open ones.',
        '# TYPE open gauge',
        'open{upstream="a\\"b"} 2',
        'open{upstream="c"} 0.5',
        '',
      ].join('\n'),
    );
  });
});

import { expect, it } from '@jest/globals';
import { Counts } from './counts.js';

it('AMB-2 shows requests, tries, latency, circuit and configuration of each upstream', () => {
  const counts = new Counts();
  counts.generation = 2;
  counts.reloadFailures = 1;
  counts.began('payment');
  counts.attempted('payment', 'fault');
  counts.attempted('payment', 'ok');
  counts.ended('payment', 'ok', 30);
  counts.began('payment');
  const text = counts.render([{ name: 'payment', circuit: 'open' }]);
  const lines = [
    'souk_ambassador_requests_total{upstream="payment",outcome="ok"} 1',
    'souk_ambassador_attempts_total{upstream="payment",outcome="fault"} 1',
    'souk_ambassador_attempts_total{upstream="payment",outcome="ok"} 1',
    'souk_ambassador_in_flight{upstream="payment"} 1',
    'souk_ambassador_breaker_state{upstream="payment"} 1',
    'souk_ambassador_config_generation 2',
    'souk_ambassador_reload_failures_total 1',
    'souk_ambassador_request_duration_seconds_bucket{upstream="payment",le="0.025"} 0',
    'souk_ambassador_request_duration_seconds_bucket{upstream="payment",le="0.05"} 1',
    'souk_ambassador_request_duration_seconds_bucket{upstream="payment",le="+Inf"} 1',
    'souk_ambassador_request_duration_seconds_count{upstream="payment"} 1',
  ];
  expect(text.split('\n')).toEqual(expect.arrayContaining(lines));
});

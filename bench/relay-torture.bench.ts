import type { Benchmark } from '../tools/cli/src/shop/benchmark.ts';
import { measureRelayTorture } from './relay-torture.ts';

export const benchmark: Benchmark = {
  summary:
    'the outbox relay under concurrent writers, long transactions, rollbacks and SIGKILL, beside what simple relays lose',
  run: measureRelayTorture,
};

import type { ExpectationResult, InvariantResult, Outcome, Verdict } from '../run/verdict.ts';
import type { ProvenPattern } from './patterns.ts';

export const aPattern = (changes: Partial<ProvenPattern> = {}): ProvenPattern => ({
  name: 'circuit-breaker',
  page: 'docs/patterns/circuit-breaker.md',
  experiment: 'inventory-resets',
  off: { variants: ['breaker-off'], on: ['gateway'] },
  deciding: 'few calls go out',
  ...changes,
});

export const anExpectation = (changes: Partial<ExpectationResult> = {}): ExpectationResult => ({
  phase: 'during',
  that: 'few calls go out',
  measure: 'metric',
  figure: 0.2,
  unit: '',
  bound: { atMost: 0.5 },
  ok: true,
  ...changes,
});

export const anInvariant = (changes: Partial<InvariantResult> = {}): InvariantResult => ({
  id: 'I7',
  what: 'reservations match the orders',
  ok: true,
  detail: '12 orders',
  ...changes,
});

export const aVerdict = (verdict: Outcome = 'pass', changes: Partial<Verdict> = {}): Verdict => ({
  experiment: 'inventory-resets',
  title: 'Inventory drops every connection',
  breaks: 'every connection is reset',
  expects: 'pages come',
  on: 'host',
  seed: 7,
  command: './souk chaos run inventory-resets --seed 7',
  startedAt: '2026-03-04T12:00:00.000Z',
  tookMs: 60_000,
  commit: 'abc1234',
  machine: '2 cores',
  settings: [],
  verdict,
  sentence: `It came to ${verdict}.`,
  expectations: [anExpectation()],
  invariants: [anInvariant()],
  recoverySeconds: {},
  leftBehind: [],
  ...changes,
});

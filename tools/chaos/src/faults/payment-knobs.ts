import { z } from 'zod';
import { knobsOf, turnKnobs } from '../stores/payment-simulator.ts';
import type { Target } from '../target/target.ts';
import type { Fault } from './fault.ts';
import { type StoredUndo, undo } from './undo.ts';

const knobs = {
  /** Cards that are refused. */
  declinePercent: z.number().min(0).max(100),
  latencyMs: z.int().min(0).max(60_000),
  /** 503, half of them after the money has moved: an answer that is lost. */
  errorPercent: z.number().min(0).max(100),
};
const turned = z.strictObject(knobs);
const parameters = z
  .strictObject(knobs)
  .partial()
  .refine((wanted) => Object.keys(wanted).length > 0, 'turns no knob');
type Parameters = z.output<typeof parameters>;

const WORDS: Readonly<Record<keyof typeof knobs, (value: number) => string>> = {
  declinePercent: (value) => `declines ${value} % of the cards`,
  latencyMs: (value) => `takes ${value} ms longer`,
  errorPercent: (value) => `fails ${value} % of the calls, half of them after their effect`,
};

/** The provider misbehaves, as the outside world does. */
export const paymentKnobs: Fault<Parameters> = {
  kind: 'payment-knobs',
  summary: 'the payment provider is slow, declines, fails, or does its work and does not say so',
  on: ['host', 'k8s'],
  parameters,
  says: (wanted) =>
    `payment ${(Object.keys(WORDS) as (keyof typeof knobs)[])
      .flatMap((knob) => (wanted[knob] === undefined ? [] : [WORDS[knob](wanted[knob])]))
      .join(', ')}`,
  async inject({ target, journal, note }, wanted) {
    const before = await knobsOf(paymentUrl(target));
    await journal.before({ undo: 'turn-payment-knobs', with: { ...before }, says: 'turn the knobs of payment back' });
    await turnKnobs(paymentUrl(target), { ...before, ...wanted });
    note(`knobs of payment: ${JSON.stringify(wanted)}`);
  },
};

const paymentUrl = ({ context }: Target): string => context.urls['PAYMENT_URL'] ?? '';

export const PAYMENT_UNDOS: Readonly<Record<string, StoredUndo>> = {
  'turn-payment-knobs': undo({
    parameters: turned,
    run: (target, before) => turnKnobs(paymentUrl(target), before),
  }),
};

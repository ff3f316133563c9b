/** Every variant there is: a second, deliberately weaker implementation of a port in a file `*.naive.ts` beside the real one. */
export const VARIANTS = {
  'relay-cursor': 'the outbox relay remembers the last id it published, and loses messages (order, inventory)',
  'telemetry-inline': 'spans are sent inside the request, which waits for the receiver (every process)',
  'ambassador-naive':
    'the ambassador sends everything again that fails, and has neither breaker nor deadline (ambassador)',
  'recommendation-popular': 'everybody is told what everybody buys, whatever is asked about (recommendation)',
  'order-query-unguarded': 'views take whatever message comes last for the truth, and go back in time (order-query)',
  'identity-key-swap': 'a new signing key takes the place of the old one at once, whose tokens are refused (identity)',
} as const satisfies Record<string, string>;

export type Variant = keyof typeof VARIANTS;

export const isVariant = (name: string): name is Variant => Object.hasOwn(VARIANTS, name);

/** Every variant there is: a second, deliberately weaker implementation of a port in a file `*.naive.ts` beside the real one. */
export const VARIANTS = {
  'relay-cursor': 'the outbox relay remembers the last id it published, and loses messages (order, inventory)',
  'relay-xmin':
    'the outbox relay remembers an id and waits for older transactions only, and loses messages (order, inventory)',
  'relay-delete-first': 'the outbox relay deletes its rows before the broker has them (order, inventory)',
  'relay-unlocked':
    'two outbox relays take rows past each other, and turn the order of an aggregate (order, inventory)',
  'outbox-dual-write': 'messages are sent after the commit instead of being written with it (order)',
  'telemetry-inline': 'spans are sent inside the request, which waits for the receiver (every process)',
  'ambassador-naive':
    'the ambassador sends everything again that fails, and has neither breaker nor deadline (ambassador)',
  'recommendation-popular': 'everybody is told what everybody buys, whatever is asked about (recommendation)',
  'order-query-unguarded': 'views take whatever message comes last for the truth, and go back in time (order-query)',
  'identity-key-swap': 'a new signing key takes the place of the old one at once, whose tokens are refused (identity)',
  'stock-read-then-write': 'stock is read without a lock and written back as a total, units get sold twice (inventory)',
  'release-after-commit': 'a release puts back stock that the order has bought (inventory)',
  'commit-when-expired': 'a commit that comes too late takes stock that was given back (inventory)',
  'saga-lost-compensation': 'a refusal is forgotten to be undone, its stock stays reserved (order)',
  'payment-no-key': 'every try of a payment call has a key of its own, the provider takes it for a new one (order)',
  'order-no-idempotency': "the client's key is ignored, a request that is sent again is another order (order)",
  'order-unversioned': 'an order is read without a lock and written without looking, the last one wins (order)',
  'consumer-ack-first':
    'offsets are committed before the effect; a crash between them loses messages (order, inventory)',
  'consumer-no-inbox': 'deliveries are not remembered; a repeated one has its effect again (order, inventory)',
  'consumer-inbox-apart':
    'the inbox row is committed before the effect; a crash between them loses the effect (order, inventory)',
  'consumer-retry-forever':
    'a message that always fails is tried for ever, and its partition stands still (order, inventory)',
  'consumer-drop-poison': 'a message that always fails is passed over without a dead letter (order, inventory)',
  'consumer-key-overtakes': 'later messages of a key go on past its dead letter (order, inventory)',
  'supervisor-unfenced': 'what a deposed leader of the saga supervisors still writes counts (order)',
  'saga-no-timers': 'deadlines of sagas are remembered in memory only, and die with the process (order)',
} as const satisfies Record<string, string>;

export type Variant = keyof typeof VARIANTS;

export const isVariant = (name: string): name is Variant => Object.hasOwn(VARIANTS, name);

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
  'cache-delete-first': 'copies go before the store changes, and are made anew of what is old (catalog)',
  'cache-no-single-flight': 'whoever misses a copy loads, a hundred at once too (catalog)',
  'cache-forever': 'copies have no end; what nobody tells of is never seen (catalog)',
  'routes-in-place':
    'a new route table is put in entry by entry while requests look at it, connections are closed under them (gateway)',
  'canary-no-revert': 'a canary that fails its callers keeps them (gateway)',
  'config-trusting': 'live settings are taken as they stand in the file, whatever they are (gateway)',
  'throttle-off': 'callers have no limits, one of them can take what is there for all (gateway)',
  'shed-off': 'everything is let in, however long what is there already takes (gateway)',
  'cache-private':
    'the gateway keeps answers without looking at who asked, and gives them to whoever asks next (gateway)',
  'compression-slow': 'answers are compressed as well as can be, and all others wait for it (gateway)',
  'breaker-off': 'every call goes out, however many before it failed (gateway)',
  'bulkhead-off': 'there is room for all, also for those who wait for a service that hangs (gateway)',
  'retry-naive': 'whatever fails is sent again at once, ten times, orders too (gateway)',
  'aggregation-serial':
    'the parts of a page are asked for one after another, and one that fails takes it all (gateway)',
} as const satisfies Record<string, string>;

export type Variant = keyof typeof VARIANTS;

export const isVariant = (name: string): name is Variant => Object.hasOwn(VARIANTS, name);

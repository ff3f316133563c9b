/** Every variant there is: a second, deliberately weaker implementation of a port in a file `*.naive.ts` beside the real one. */
export const VARIANTS = {
  'relay-cursor': 'the outbox relay remembers the last id it published, and loses messages (order, inventory)',
  'relay-xmin':
    'the outbox relay remembers an id and waits for older transactions only, and loses messages (order, inventory)',
  'relay-delete-first': 'the outbox relay deletes its rows before the broker has them (order, inventory)',
  'relay-unlocked':
    'two outbox relays take rows past each other, and turn the order of an aggregate (order, inventory)',
  'outbox-dual-write': 'messages are sent after the commit instead of being written with it (order)',
  'health-shallow': 'who runs is ready, whatever it stands on is there or not (every process)',
  'gatekeeper-unread': 'the gatekeeper in front passes bodies on as they came, whatever they hold (gatekeeper)',
  'health-unbounded':
    'each probe asks every dependency anew, and waits for the one that hangs as long as that takes (every process)',
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
  'one-pool': 'requests and background work share the connections to the database (order, inventory)',
  'retry-naive': 'whatever fails is sent again at once, ten times, orders too (gateway)',
  'aggregation-serial':
    'the parts of a page are asked for one after another, and one that fails takes it all (gateway)',
  'audience-unchecked': 'a token that was given for something else opens the shop too (gateway)',
  'issuer-unchecked': 'whose token it is does not matter, as long as the key is known (gateway)',
  'expiry-unchecked': 'a token is good before its time and for ever after it (gateway)',
  'algorithm-unpinned': 'a token says itself how it is to be checked: the public key passes for a secret (gateway)',
  'role-unchecked': 'whoever is signed in is let through to what is for administrators (gateway)',
  'csrf-unchecked': 'a cookie alone is enough to write, also from the page of somebody else (gateway)',
  'cookies-open': 'scripts and pages of others can use the cookies of a session (gateway)',
  'identity-headers-passed': 'all headers go on to the services, also those that say who is calling (gateway)',
  'underscore-headers-passed':
    'headers that say who is calling are taken out by name, and go through in another spelling (gateway)',
  'connection-header-obeyed': 'whoever calls names the headers that its own request loses on the way (gateway)',
  'forwarded-believed': 'everybody may say from which address they call (gateway)',
  'path-decoded-twice': 'what was encoded twice becomes a path that nobody has looked at (gateway)',
  'body-unlimited': 'a body may be as large as it likes, and is kept in memory until it is there (gateway)',
  'cors-reflecting': 'scripts of every page may read what a signed-in visitor may read (gateway)',
  'secrets-logged': 'the access log has addresses and credentials as they came (gateway)',
  'errors-tell-all': 'a refusal shows where in the code it was made (every service)',
  'unknown-fields-taken': 'fields that nobody asked for are taken along (every service)',
  'parser-lenient': 'what is no proper HTTP is taken for something all the same (every service)',
  'clients-awaited': 'who is slow is waited for, with a place kept free (every service)',
  'internal-token-unchecked': 'whatever looks like a token of the gateway is believed (catalog)',
  'inner-role-unchecked': 'who is an administrator is left to the gateway, whoever comes past it is one (catalog)',
  'issuers-mixed':
    'a subject is a person, whichever provider says it: who may choose a name at one takes over its bearer at another (gateway)',
  'owner-unchecked': 'whoever knows the id of an order sees it and may cancel it (order)',
} as const satisfies Record<string, string>;

export type Variant = keyof typeof VARIANTS;

export const isVariant = (name: string): name is Variant => Object.hasOwn(VARIANTS, name);

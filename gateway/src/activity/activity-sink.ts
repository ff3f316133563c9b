import type { OutgoingMessage } from '@souk/outbox';

/** Where events go; there is none without a broker. */
export abstract class ActivitySink {
  /** Takes a message at once: never waits, never throws. */
  abstract readonly add: (message: OutgoingMessage) => void;
}

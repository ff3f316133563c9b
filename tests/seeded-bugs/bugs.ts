import {
  askedAgain,
  declines,
  deliveredAgain,
  diesWhileHandling,
  diesWhileSending,
  forgottenWait,
  frozenLeader,
  heldTransactions,
  hotSku,
  lateCommit,
  lateEvent,
  lateRelease,
  lostAnswers,
  poison,
  rush,
} from './provocations.ts';
import type { SeededBug } from './trial.ts';

/** Every seeded bug, what brings it out, and the checks that must find it; those of one provocation follow each other. */
export const SEEDED_BUGS: readonly SeededBug[] = [
  { variant: 'order-no-idempotency', provocation: askedAgain, caughtBy: ['I2', 'I15'] },
  { variant: 'payment-no-key', provocation: lostAnswers, caughtBy: ['I9'] },
  { variant: 'saga-lost-compensation', provocation: declines, caughtBy: ['I7'] },
  { variant: 'order-unversioned', provocation: rush, caughtBy: ['I1', 'I4', 'I7', 'I13'] },
  { variant: 'stock-read-then-write', provocation: hotSku, caughtBy: ['I5'] },
  { variant: 'relay-unlocked', provocation: hotSku, caughtBy: ['I12'] },
  { variant: 'release-after-commit', provocation: lateRelease, caughtBy: ['I7'] },
  { variant: 'commit-when-expired', provocation: lateCommit, caughtBy: ['I7'] },
  { variant: 'relay-cursor', provocation: heldTransactions, caughtBy: ['I4'] },
  { variant: 'relay-xmin', provocation: heldTransactions, caughtBy: ['I4'] },
  { variant: 'relay-delete-first', provocation: diesWhileSending, caughtBy: ['I11-sent'] },
  { variant: 'outbox-dual-write', provocation: diesWhileSending, caughtBy: ['I11-sent'] },
  { variant: 'consumer-ack-first', provocation: diesWhileHandling, caughtBy: ['I11-taken'] },
  { variant: 'consumer-inbox-apart', provocation: diesWhileHandling, caughtBy: ['I4', 'I7'] },
  // Structural: every effect has a business key of its own, so nothing doubles; what is found are the inbox rows that it does not write.
  { variant: 'consumer-no-inbox', provocation: deliveredAgain, caughtBy: ['I11-taken'] },
  { variant: 'consumer-retry-forever', provocation: poison, caughtBy: ['I4'] },
  { variant: 'consumer-drop-poison', provocation: poison, caughtBy: ['I11-taken'] },
  { variant: 'consumer-key-overtakes', provocation: poison, caughtBy: ['I12'] },
  { variant: 'order-query-unguarded', provocation: lateEvent, caughtBy: ['I13'] },
  { variant: 'saga-no-timers', provocation: forgottenWait, caughtBy: ['I4'] },
  { variant: 'supervisor-unfenced', provocation: frozenLeader, caughtBy: ['leader'] },
];

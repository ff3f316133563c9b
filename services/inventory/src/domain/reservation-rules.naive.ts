import { type Decide, release } from './reservation.js';
import { type ReservationRules, reservationRules } from './reservation-rules.js';

const giveBack: Decide = (line, wanted, now) =>
  line.state === 'committed'
    ? { next: { ...line, state: 'returned' }, answers: [{ type: 'released' }] }
    : release(line, wanted, now);

const commitWhatever: Decide = (line, wanted, now) => {
  if (line.state === 'live') return { next: { ...line, state: 'committed' }, answers: [{ type: 'committed' }] };
  if (line.state === 'expired') return { next: line, answers: [{ type: 'committed' }] };
  return reservationRules.commit(line, wanted, now);
};

/**
 * The variant `release-after-commit`: a release gives back whatever the order holds. It forgets that a command may be late: one
 * that was sent for an order long since sold puts its stock on the shelf again, for the next customer.
 */
export const releaseAfterCommit: ReservationRules = { ...reservationRules, release: giveBack };

/**
 * The variant `commit-when-expired`: a commit always succeeds. It forgets that a reservation ends: what the sweeper has put back on
 * the shelf is promised as sold, and the order is paid for with nothing behind it.
 */
export const commitWhenExpired: ReservationRules = { ...reservationRules, commit: commitWhatever };

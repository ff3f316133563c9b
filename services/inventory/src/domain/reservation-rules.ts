import { commit, type Decide, release } from './reservation.js';

/** How a line answers the commands that end its reservation. */
export abstract class ReservationRules {
  abstract readonly commit: Decide;
  abstract readonly release: Decide;
}

export const reservationRules: ReservationRules = { commit, release };

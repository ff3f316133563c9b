import type { Judge } from './canary.js';

/** Variant `canary-no-revert`: whatever a canary does to its callers, they stay with it. */
export class PatientJudge implements Judge {
  condemns(): boolean {
    return false;
  }
}

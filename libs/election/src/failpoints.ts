import { definePoint } from '@souk/failpoints';

/** Where a member of an election can be made to die or fail. */
export const AFTER_ACQUIRE = definePoint('election.after-acquire', 'the lease is taken, the fence is not raised yet');
export const BEFORE_RENEW = definePoint('election.before-renew', 'the lease is about to be renewed');
export const BEFORE_RELEASE = definePoint('election.before-release', 'the task has ended, the lease is not given back');

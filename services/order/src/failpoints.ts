import { definePoint } from '@souk/failpoints';

/** Where this service can be made to die or fail, in the order in which an order passes. */
export const AFTER_CHECKOUT = definePoint('place.after-checkout', 'an order is priced and decided, nothing is written');
export const BEFORE_ANSWER = definePoint('place.before-answer', 'an order is accepted, its client has no answer yet');
export const BEFORE_LOCK = definePoint('advance.before-lock', 'steps of orders are gathered, no order is read yet');
export const BEFORE_COMMIT = definePoint(
  'order.before-commit',
  'a change of an order is decided, nothing of it is committed',
);
export const AFTER_COMMIT = definePoint(
  'order.after-commit',
  'the change of an order is committed, nobody has been told',
);
export const BEFORE_RECLAIM = definePoint(
  'supervisor.before-reclaim',
  'the leader is about to free calls that overran',
);
export const AFTER_RECLAIM = definePoint('supervisor.after-reclaim', 'calls that overran are free, overdue sagas wait');
export const BEFORE_ADVANCE = definePoint('saga.before-advance', 'overdue sagas are found, none was moved');
export const BEFORE_CLAIM = definePoint('agent.before-claim', 'an agent is about to claim calls of nobody');
export const BEFORE_CALL = definePoint('agent.before-call', 'a payment call is claimed, nothing was sent yet');
export const AFTER_CALL = definePoint('agent.after-call', 'payment has answered, the answer is not recorded yet');
export const AFTER_RECORD = definePoint('agent.after-record', 'the answer is recorded, the agent still holds the call');

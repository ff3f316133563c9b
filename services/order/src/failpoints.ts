import { definePoint } from '@souk/failpoints';

/** Where this service can be made to die or fail, in the order in which an order passes. */
export const BEFORE_COMMIT = definePoint('order.before-commit', 'the change of an order is written but not committed');
export const AFTER_COMMIT = definePoint(
  'order.after-commit',
  'the change of an order is committed, nobody has been told',
);
export const BEFORE_CALL = definePoint('agent.before-call', 'a payment call is claimed, nothing was sent yet');
export const AFTER_CALL = definePoint('agent.after-call', 'payment has answered, the answer is not recorded yet');

import { definePoint } from '@souk/failpoints';

/** Where the read side can be made to die or fail: while it follows the events, and in the order in which a rebuild passes. */
export const BEFORE_PROJECT = definePoint('view.before-project', 'order events are read, no view is written yet');
export const AFTER_PROJECT = definePoint('view.after-project', 'the views are written, the offsets are not committed');
export const REBUILD_PART = definePoint('rebuild.part', 'a part of the orders is read, not written yet');
export const BEFORE_SWAP = definePoint('rebuild.before-swap', 'the new views are complete, readers see the old ones');

import { definePoint } from '@souk/failpoints';

/** Where the read side can be made to die or fail, in the order in which a rebuild passes. */
export const REBUILD_PART = definePoint('rebuild.part', 'a part of the orders is read, not written yet');
export const BEFORE_SWAP = definePoint('rebuild.before-swap', 'the new views are complete, readers see the old ones');

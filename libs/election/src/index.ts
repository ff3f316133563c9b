export { Elector, type ElectorParts } from './elector.js';
export { KubernetesLease, type KubernetesLeaseOptions } from './kubernetes-lease.js';
export { Fence, type Leadership, Lease } from './lease.js';
export { FENCE_HOLDS, SqlFence, type SqlFenceOptions } from './sql-fence.js';
export { SqlLease, type SqlLeaseOptions } from './sql-lease.js';
export { Term } from './term.js';
export { pause } from './pause.js';

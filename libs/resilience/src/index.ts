export { FaultError, isFault } from './faults.js';
export {
  resilient,
  type BreakerOptions,
  type BulkheadOptions,
  type CircuitName,
  type ExecuteOptions,
  type Resilient,
} from './resilient.js';
export { type ResilientOptions, type ResilientState, type RetryOptions } from './resilient.js';
export { RetryBudget } from './retry-budget.js';

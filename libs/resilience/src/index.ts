export { Bulkhead, type BulkheadOptions, type Places } from './bulkhead.js';
export {
  type BreakerOptions,
  type ChangeReason,
  type Circuit,
  CircuitBreaker,
  type CircuitChange,
  type CircuitName,
  type CircuitState,
} from './circuit-breaker.js';
export {
  BulkheadFull,
  CircuitOpen,
  type Exhausted,
  type Fault,
  FaultError,
  type FaultKind,
  faultOf,
  RetriesExhausted,
} from './faults.js';
export { type Outcome, type ResilientState } from './figures.js';
export { logEvents, type LogPort } from './log.js';
export { exposeMetrics, type MetricsPort } from './metrics.js';
export { type PingOptions } from './ping.js';
export {
  type ExecuteOptions,
  type Limits,
  type ResilienceEvent,
  type Resilient,
  resilient,
  type ResilientOptions,
} from './resilient.js';
export { actOn, type Clocks, type PolicyView, viewOf } from './view.js';
export { type Failure, type RetryOptions, type RetryRule } from './retry.js';

export { isDuplicateKey } from './duplicate-key.js';
export { fillNewest, keepNewest, newestOf, renewNewest, type Versioned } from './keep-newest.js';
export { traceCommands } from './mongo-spans.js';
export { CONNECTION_OPTIONS, MongoStore, type MongoStoreOptions } from './mongo-store.js';
export { isConnectionLoss, StoreUnavailable, whenReachable } from './store-unavailable.js';
export * from './lane-lease.js';
export * from './mongo-outbox-relay.js';

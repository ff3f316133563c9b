export { createApp, type CreateAppOptions, BODY_LIMIT } from './create-app.js';
export { HealthRegistry, type HealthReport } from './health-registry.js';
export { ManagementRoutes, type ManagementHandler } from './management-routes.js';
export { createPgPool, type PgPoolOptions } from './pg-pool.js';
export { runService, type RunServiceOptions } from './run-service.js';
export { retryUntilUp } from './retry-until-up.js';
export { AppLogger } from './kit.module.js';
export { WatchedFiles } from './watched-files.js';
export { consumerProviders, DeadLetterDesk, DeadLettersController } from './dead-letters.controller.js';

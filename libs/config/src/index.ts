export { databaseEnv, type DatabaseEnv, databasePoolEnv, databaseUrl } from './database-url.js';
export { baseEnv, commaList, internalAuthEnv, kafkaEnv, mongoEnv, type BaseConfig } from './env.js';
export { liveSettings, parseSettings } from './live-settings.js';
export { trustingSettings } from './live-settings.naive.js';
export { hashOf } from './look.js';
export { readScopes, type Scope, type Scoped, SCOPES, type ScopeTexts } from './scopes.js';
export { CONFIG_EXIT_CODE, ConfigError, loadConfig } from './load-config.js';
export { valkeyEnv, type ValkeyEnv, valkeyUrl } from './valkey.js';
export { isVariant, type Variant, VARIANTS } from './variants.js';
export {
  changedKeys,
  type Watched,
  WatchedFile,
  type WatchLogger,
  type WatchOptions,
  type WatchStatus,
} from './watched-file.js';

export { baseEnv, commaList, internalAuthEnv, kafkaEnv, type BaseConfig } from './env.js';
export { ConfigError, loadConfig } from './load-config.js';
export { isVariant, type Variant, VARIANTS } from './variants.js';

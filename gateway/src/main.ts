import { liveSettings, trustingSettings } from '@souk/config';
import { serviceSettings } from '@souk/contracts';
import { runService } from '@souk/service-kit';
import { readConfig } from './config.js';
import { edgeHooks } from './gatekeeper/edge-hooks.js';
import { gatewayModule } from './gateway.module.js';
import { certificateOf, tlsOptions } from './offloading/certificate.js';

const config = readConfig();
const { SOUK_VARIANTS, LIVE_SETTINGS_FILE: file, LIVE_SETTINGS_INSTANCE: instance } = config;
const settings = SOUK_VARIANTS.some((one) => one === 'config-trusting')
  ? trustingSettings(serviceSettings.gateway, file)
  : liveSettings(serviceSettings.gateway, file, instance);
const certificate = certificateOf(config);
const tls = certificate && { tls: tlsOptions(certificate.value) };
const module = gatewayModule(config, { settings, ...(certificate && { certificate }) });
await runService({ name: 'gateway', module, config, settings, onFastify: edgeHooks(config), ...tls });

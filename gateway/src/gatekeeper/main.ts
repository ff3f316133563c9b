import 'reflect-metadata';
import { liveSettings } from '@souk/config';
import { serviceSettings } from '@souk/contracts';
import { runService } from '@souk/service-kit';
import { certificateOf, tlsOptions } from '../offloading/certificate.js';
import { readConfig } from './config.js';
import { edgeHooks } from './edge-hooks.js';
import { gatekeeperModule } from './gatekeeper.module.js';

const config = readConfig();
// Those of the gateway: whose scripts may read answers is one thing for both.
const settings = liveSettings(serviceSettings.gateway, config.LIVE_SETTINGS_FILE, config.LIVE_SETTINGS_INSTANCE);
const certificate = certificateOf(config);
const tls = certificate && { tls: tlsOptions(certificate.value) };
const module = gatekeeperModule(config, settings, certificate);
await runService({ name: 'gatekeeper', module, config, settings, onFastify: edgeHooks(config), ...tls });

import 'reflect-metadata';
import { liveSettings } from '@souk/config';
import { serviceSettings } from '@souk/contracts';
import { runService } from '@souk/service-kit';
import { certificateOf, tlsOptions } from '../offloading/certificate.js';
import { readConfig } from './config.js';
import { edgeHooks } from './edge-hooks.js';
import { gatekeeperModule } from './gatekeeper.module.js';

const config = readConfig();
// What the kit itself follows: the gatekeeper has no settings of its own.
const followed = serviceSettings.gateway.pick({
  logLevel: true,
  healthAccess: true,
  healthSeconds: true,
  healthTestStatus: true,
});
const settings = liveSettings(followed, config.LIVE_SETTINGS_FILE, config.LIVE_SETTINGS_INSTANCE);
const certificate = certificateOf(config);
const tls = certificate && { tls: tlsOptions(certificate.value) };
const module = gatekeeperModule(config, certificate);
await runService({ name: 'gatekeeper', module, config, settings, onFastify: edgeHooks(config), ...tls });

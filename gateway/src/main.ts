import { liveSettings } from '@souk/config';
import { serviceSettings } from '@souk/contracts';
import { runService } from '@souk/service-kit';
import { readConfig } from './config.js';
import { edgeHooks } from './gatekeeper/edge-hooks.js';
import { gatewayModule } from './gateway.module.js';

const config = readConfig();
const settings = liveSettings(serviceSettings.gateway, config.LIVE_SETTINGS_FILE);
const module = gatewayModule(config, { settings });
await runService({ name: 'gateway', module, config, settings, onFastify: edgeHooks(settings, config) });

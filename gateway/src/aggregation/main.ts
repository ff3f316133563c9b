import 'reflect-metadata';
import { liveSettings } from '@souk/config';
import { serviceSettings } from '@souk/contracts';
import { runService } from '@souk/service-kit';
import { edgeHooks } from '../gatekeeper/edge-hooks.js';
import { aggregationModule } from './aggregation.module.js';
import { readConfig } from './config.js';

const config = readConfig();
// Those of the gateway: limits, read-only mode and routes are one thing for both.
const settings = liveSettings(serviceSettings.gateway, config.LIVE_SETTINGS_FILE, config.LIVE_SETTINGS_INSTANCE);
const module = aggregationModule(config, { settings });
await runService({ name: 'aggregation', module, config, settings, onFastify: edgeHooks(config) });

import 'reflect-metadata';
import { liveSettings } from '@souk/config';
import { serviceSettings } from '@souk/contracts';
import { runService } from '@souk/service-kit';
import { readConfig } from './config.js';

class IdentityModule {}

const config = readConfig();
const settings = liveSettings(serviceSettings.identity, config.LIVE_SETTINGS_FILE);
await runService({ name: 'identity', module: { module: IdentityModule }, config, settings });

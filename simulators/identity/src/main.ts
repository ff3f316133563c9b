import { liveSettings } from '@souk/config';
import { serviceSettings } from '@souk/contracts';
import { readConfig } from './config.js';
import { run } from './run.js';

const config = readConfig();
await run(config, liveSettings(serviceSettings.identity, config.LIVE_SETTINGS_FILE, config.LIVE_SETTINGS_INSTANCE));

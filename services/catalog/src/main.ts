import 'reflect-metadata';
import { liveSettings } from '@souk/config';
import { serviceSettings } from '@souk/contracts';
import { runService } from '@souk/service-kit';
import { CatalogModule } from './catalog.module.js';
import { config } from './config.js';

const settings = liveSettings(serviceSettings.catalog, config.LIVE_SETTINGS_FILE, config.LIVE_SETTINGS_INSTANCE);
await runService({ name: 'catalog', module: CatalogModule.with(config, { settings }), config, settings });

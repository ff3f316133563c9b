import 'reflect-metadata';
import { liveSettings } from '@souk/config';
import { serviceSettings } from '@souk/contracts';
import { runService } from '@souk/service-kit';
import { config } from './config.js';
import { OrderQueryModule } from './order-query.module.js';

const settings = liveSettings(serviceSettings['order-query'], config.LIVE_SETTINGS_FILE, config.LIVE_SETTINGS_INSTANCE);
await runService({ name: 'order-query', module: OrderQueryModule.with(config), config, settings });

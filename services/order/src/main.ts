import 'reflect-metadata';
import { liveSettings } from '@souk/config';
import { serviceSettings } from '@souk/contracts';
import { runService } from '@souk/service-kit';
import { config } from './config.js';
import { OrderModule } from './order.module.js';

const settings = liveSettings(serviceSettings.order, config.LIVE_SETTINGS_FILE, config.LIVE_SETTINGS_INSTANCE);
await runService({ name: 'order', module: OrderModule.with(config, { settings }), config, settings });

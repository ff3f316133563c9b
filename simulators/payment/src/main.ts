import { liveSettings } from '@souk/config';
import { serviceSettings } from '@souk/contracts';
import { runService } from '@souk/service-kit';
import { readConfig } from './config.js';
import { paymentModule } from './payment.module.js';

const config = readConfig();
const settings = liveSettings(serviceSettings.payment, config.LIVE_SETTINGS_FILE, config.LIVE_SETTINGS_INSTANCE);
await runService({ name: 'payment', module: paymentModule(config), config, settings });

import { liveSettings } from '@souk/config';
import { serviceSettings } from '@souk/contracts';
import { runService } from '@souk/service-kit';
import { config } from './config.js';
import { InventoryModule } from './inventory.module.js';

const settings = liveSettings(serviceSettings.inventory, config.LIVE_SETTINGS_FILE, config.LIVE_SETTINGS_INSTANCE);
await runService({ name: 'inventory', module: InventoryModule.with(config), config, settings });

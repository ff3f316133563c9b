import { runService } from '@souk/service-kit';
import { config } from './config.js';
import { InventoryModule } from './inventory.module.js';

await runService({ name: 'inventory', module: InventoryModule.with(config), config });

import 'reflect-metadata';
import { runService } from '@souk/service-kit';
import { config } from './config.js';
import { OrderModule } from './order.module.js';

await runService({ name: 'order', module: OrderModule.with(config), config });

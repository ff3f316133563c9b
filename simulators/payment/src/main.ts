import { runService } from '@souk/service-kit';
import { readConfig } from './config.js';
import { paymentModule } from './payment.module.js';

const config = readConfig();
await runService({ name: 'payment', module: paymentModule(config), config });

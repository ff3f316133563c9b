import { runService } from '@souk/service-kit';
import { readConfig } from './config.js';
import { edgeHooks } from './gatekeeper/edge-hooks.js';
import { gatewayModule } from './gateway.module.js';

const config = readConfig();
await runService({ name: 'gateway', module: gatewayModule(config), config, onFastify: edgeHooks });

import { createLogger } from '@souk/observability';
import { readConfig } from './config.js';
import { runTraceStore } from './run-trace-store.js';

const config = readConfig();
const logger = createLogger({ name: 'trace-store', level: config.LOG_LEVEL });
const running = await runTraceStore(config, logger);
logger.info({ http: running.httpPort, management: running.managementPort }, 'trace-store is running');

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    logger.info({ signal }, 'stopping');
    await running.stop();
    logger.info({}, 'stopped');
  });
}

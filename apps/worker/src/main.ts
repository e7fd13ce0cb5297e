import { createLogger, loadConfig, runService, VERSION } from '@gantry/service';
import { WorkerConfigSchema } from './config.js';
import { startWorker } from './start-worker.js';

await runService(async () => {
  const config = loadConfig(WorkerConfigSchema, process.env);
  const logger = createLogger({ level: config.LOG_LEVEL, service: 'worker', version: VERSION });
  return { service: await startWorker(config, logger), logger };
});

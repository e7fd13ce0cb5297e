import { ClosingStack, createLogger, loadConfig, openTracing, runService, VERSION } from '@gantry/service';
import { WorkerConfigSchema } from './config.js';
import { startWorker } from './start-worker.js';

await runService(async () => {
  const config = loadConfig(WorkerConfigSchema, process.env);
  const logger = createLogger({ level: config.LOG_LEVEL, service: 'worker', version: VERSION });
  const about = { name: 'gantry-worker', version: VERSION, deployment: config.DEPLOYMENT };
  const tracing = await openTracing(config, about, logger);
  const service = new ClosingStack(logger);
  service.defer('tracing', () => tracing.close());
  const worker = await startWorker(config, logger, tracing.tracer);
  service.defer('worker', () => worker.close());
  return { service, logger };
});

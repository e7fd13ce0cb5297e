import { ClosingStack, createLogger, loadConfig, openTracing, runService, VERSION } from '@gantry/service';
import { GatewayConfigSchema } from './config.js';
import { startGateway } from './start-gateway.js';

await runService(async () => {
  const config = loadConfig(GatewayConfigSchema, process.env);
  const logger = createLogger({ level: config.LOG_LEVEL, service: 'gateway', version: VERSION });
  const about = { name: 'gantry-gateway', version: VERSION, deployment: config.DEPLOYMENT };
  const tracing = await openTracing(config, about, logger);
  const service = new ClosingStack(logger);
  service.defer('tracing', () => tracing.close());
  const gateway = await startGateway(config, logger, tracing.tracer);
  service.defer('gateway', () => gateway.close());
  return { service, logger };
});

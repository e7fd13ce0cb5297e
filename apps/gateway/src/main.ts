import { createLogger, loadConfig, runService, VERSION } from '@gantry/service';
import { GatewayConfigSchema } from './config.js';
import { startGateway } from './start-gateway.js';

await runService(async () => {
  const config = loadConfig(GatewayConfigSchema, process.env);
  const logger = createLogger({ level: config.LOG_LEVEL, service: 'gateway', version: VERSION });
  return { service: await startGateway(config, logger), logger };
});

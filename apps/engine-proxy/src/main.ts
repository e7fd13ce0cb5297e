import { createLogger, loadConfig, runService, VERSION } from '@gantry/service';
import { EngineProxyConfigSchema } from './config.js';
import { startProxy } from './start-proxy.js';

await runService(async () => {
  const config = loadConfig(EngineProxyConfigSchema, process.env);
  const logger = createLogger({ level: config.LOG_LEVEL, service: 'engine-proxy', version: VERSION });
  return { service: await startProxy(config, logger), logger };
});

import { GatewayConfigSchema, startGateway } from '@gantry/gateway';
import { ClosingStack, createLogger, loadConfig, openTracing, runService, VERSION } from '@gantry/service';
import { startWorker, WorkerConfigSchema } from '@gantry/worker';

// Gateway and worker in one process, for one machine: the same code and the same queue as in a fleet.
await runService(async () => {
  const gatewayConfig = loadConfig(GatewayConfigSchema, process.env);
  const workerConfig = loadConfig(WorkerConfigSchema, process.env);
  const logger = createLogger({ level: gatewayConfig.LOG_LEVEL, service: 'up', version: VERSION });
  const about = { name: 'gantry', version: VERSION, deployment: gatewayConfig.DEPLOYMENT };
  const tracing = await openTracing(gatewayConfig, about, logger);
  const stack = new ClosingStack(logger);
  stack.defer('tracing', () => tracing.close());
  try {
    const worker = await startWorker(workerConfig, logger.child({ part: 'worker' }), tracing.tracer);
    stack.defer('worker', () => worker.close());
    const gateway = await startGateway(gatewayConfig, logger.child({ part: 'gateway' }), tracing.tracer);
    stack.defer('gateway', () => gateway.close());
  } catch (error) {
    await stack.close();
    throw error;
  }
  return { service: { close: () => stack.close() }, logger };
});

import type { Logger } from '@gantry/core';
import { ClosingStack, createEngineProxyMetrics, createRegistry, type RunningService } from '@gantry/service';
import type { EngineProxyConfig } from './config.js';
import { EngineLink } from './engine-link.js';
import { startHealthServer } from './health-server.js';
import { ProxyServer } from './http/proxy-server.js';
import { Verdicts } from './http/verdicts.js';
import { OwnContainers } from './own-containers.js';
import { policyOf } from './policy/policy.js';

const PING_MS = 1500;

export interface RunningProxy extends RunningService {
  /** What workers set as DOCKER_HOST. */
  address: string;
  healthPort: number;
}

/** Holds the engine's socket, and serves workers what the policy allows, until `close`. */
export async function startProxy(config: EngineProxyConfig, logger: Logger): Promise<RunningProxy> {
  const stack = new ClosingStack(logger);
  try {
    return await open(config, logger, stack);
  } catch (error) {
    await stack.close();
    throw error;
  }
}

async function open(config: EngineProxyConfig, logger: Logger, stack: ClosingStack): Promise<RunningProxy> {
  const policy = policyOf(config);
  const registry = createRegistry('engine-proxy');
  const metrics = createEngineProxyMetrics(registry);
  const engine = new EngineLink(config.DOCKER_HOST);
  stack.defer('engine', () => engine.close());
  const containers = new OwnContainers(engine, policy.deployment);
  const server = new ProxyServer({
    routes: { policy, engine, containers },
    verdicts: new Verdicts(metrics, logger),
    metrics,
    maxConnections: config.PROXY_MAX_CONNECTIONS,
  });
  const health = await startHealthServer({
    host: config.PROXY_HEALTH_HOST,
    port: config.PROXY_HEALTH_PORT,
    registry,
    isReady: () => answers(engine),
  });
  stack.defer('health server', () => health.close());
  const { PROXY_PORT: port, PROXY_HOST: host } = config;
  const address = await server.listen(port === undefined ? { path: config.PROXY_SOCKET } : { host, port });
  stack.defer('server', () => server.close(config.SHUTDOWN_GRACE_SECONDS * 1000));
  const engineAddress = config.DOCKER_HOST;
  logger.info(
    { address, engine: engineAddress, healthPort: health.port, deployment: policy.deployment },
    'engine proxy started',
  );
  return { address, healthPort: health.port, close: () => stack.close() };
}

async function answers(engine: EngineLink): Promise<boolean> {
  try {
    const answer = await engine.send({ method: 'GET', path: '/_ping' }, AbortSignal.timeout(PING_MS));
    answer.resume();
    return answer.statusCode === 200;
  } catch {
    return false;
  }
}

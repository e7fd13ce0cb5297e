import { describe, expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '@gantry/service';
import { EngineProxyConfigSchema } from './config.js';

const load = (env: Record<string, string>): unknown =>
  loadConfig(EngineProxyConfigSchema, { EXECUTOR_IMAGE: 'gantry/executor:1', ...env });

describe('a configuration that would open the machine is refused', () => {
  test.each([
    ['SANDBOX_NETWORK', 'host'],
    ['SANDBOX_NETWORK', 'container:redis'],
    ['SANDBOX_NETWORK', 'none'],
    ['BUILD_NETWORK', 'host'],
    ['BUILD_NETWORK', 'default'],
    ['DOCKER_HOST', 'http://10.0.0.1:2375'],
    ['DOCKER_HOST', 'tcp://10.0.0.1'],
    ['PROXY_SOCKET', 'engine.sock'],
    ['PROXY_PORT', '70000'],
  ])('%s=%s', (name, value) => {
    expect(() => load({ [name]: value })).toThrow(ConfigError);
  });
});

test('the executor image must be named', () => {
  expect(() => loadConfig(EngineProxyConfigSchema, {})).toThrow('EXECUTOR_IMAGE');
});

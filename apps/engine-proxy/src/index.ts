export { type EngineProxyConfig, EngineProxyConfigSchema } from './config.js';
export { type RunningProxy, startProxy } from './start-proxy.js';

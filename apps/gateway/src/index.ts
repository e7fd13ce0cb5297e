export * from './config.js';
export * from './start-gateway.js';

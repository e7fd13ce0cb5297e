export * from './open-tracing.js';
export * from './passing-tracer.js';
export { tracingConfigShape, type TracingConfig } from './tracing-config.js';

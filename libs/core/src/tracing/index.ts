export * from './idle-tracer.js';
export * from './span-names.js';

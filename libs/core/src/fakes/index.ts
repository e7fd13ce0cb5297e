export * from './fake-clock.js';
export * from './memory-executions.js';
export * from './memory-input-channel.js';
export * from './memory-job-queue.js';
export * from './scripted-sandboxes.js';

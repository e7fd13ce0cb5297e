export type { GantryClientOptions } from './client-options.js';
export * from './errors.js';
export type { FollowOptions } from './follow-execution.js';
export { GantryClient, type CallOptions, type ExecutionOrder, type SubmitOptions } from './gantry-client.js';
export { outputOf, type OutputChunk, type OutputStream } from './output-chunk.js';

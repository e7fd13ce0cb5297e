export * from './file-runtime-catalog.js';

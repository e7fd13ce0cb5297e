export { loadRuntimes } from './file-runtime-catalog.js';
export { loadSmokeTests, type SmokeTest } from './smoke-tests.js';

export { createMcpRouter } from './router.js';
export type { ToolDeps as McpDeps } from './tool.js';

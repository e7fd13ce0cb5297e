import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';

export interface ToolAnswer {
  content: { type: string; text?: string; data?: string; mimeType?: string; resource?: object }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
}

export interface CallOptions {
  onprogress?: (progress: { progress: number; message?: string | undefined }) => void;
  signal?: AbortSignal;
}

/** What the clients of both eras can do, so that one test drives either. */
export interface McpClient {
  /** The protocol revision that client and server agreed on. */
  revision: string | undefined;
  listTools(): Promise<
    { name: string; description?: string | undefined; inputSchema: object; outputSchema?: object | undefined }[]
  >;
  call(name: string, args: Record<string, unknown>, options?: CallOptions): Promise<ToolAnswer>;
  close(): Promise<void>;
}

export type ConnectMcp = (url: string, key?: string) => Promise<McpClient>;

const IDENTITY = { name: 'gantry-tests', version: '1.0.0' };
const TIMEOUT_MS = 90_000;

const requestInit = (key: string | undefined): { requestInit?: RequestInit } =>
  key === undefined ? {} : { requestInit: { headers: { authorization: `Bearer ${key}` } } };

/** The v1 SDK's client: revisions up to 2025-11-25. */
export const connectLegacy: ConnectMcp = async (url, key) => {
  const transport = new LegacyTransport(new URL(`${url}/mcp`), requestInit(key));
  const client = new LegacyClient(IDENTITY);
  await client.connect(transport);
  return {
    revision: transport.protocolVersion,
    listTools: async () => (await client.listTools()).tools,
    call: async (name, args, options = {}) => {
      const result = await client.callTool({ name, arguments: args }, CallToolResultSchema, {
        timeout: TIMEOUT_MS,
        ...options,
      });
      return result as ToolAnswer;
    },
    close: () => client.close(),
  };
};

/** The v2 client, which asks for 2026-07-28 first. */
export const connectModern: ConnectMcp = async (url, key) => {
  const client = new ModernClient(IDENTITY, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new ModernTransport(new URL(`${url}/mcp`), requestInit(key)));
  return {
    revision: client.getNegotiatedProtocolVersion(),
    listTools: async () => (await client.listTools()).tools,
    call: async (name, args, options = {}) => {
      const result = await client.callTool({ name, arguments: args }, { timeout: TIMEOUT_MS, ...options });
      return result as ToolAnswer;
    },
    close: () => client.close(),
  };
};

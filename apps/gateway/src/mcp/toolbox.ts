import { AppError } from '@gantry/contracts';
import { z } from 'zod';
import { describeError } from './tool-error.js';
import type { Attachment, Tool, ToolAnnotations, ToolContext, ToolDeps } from './tool.js';
import { tracedTool } from './traced-tool.js';
import { cancelExecutionTool } from './tools/cancel-execution.js';
import { cancelImageJob } from './tools/cancel-image-job.js';
import { createImage } from './tools/create-image.js';
import { deleteFileTool } from './tools/delete-file.js';
import { dockerHealth } from './tools/docker-health.js';
import { executeCode } from './tools/execute-code.js';
import { executeUploadedFile } from './tools/execute-uploaded-file.js';
import { getArtifact } from './tools/get-artifact.js';
import { getExecution } from './tools/get-execution.js';
import { getImageJob } from './tools/get-image-job.js';
import { installPackage } from './tools/install-package.js';
import { listFiles } from './tools/list-files.js';
import { listImages } from './tools/list-images.js';
import { listRuntimes } from './tools/list-runtimes.js';
import { uploadFileTool } from './tools/upload-file.js';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A JSON Schema of an object, as `tools/list` tells it. */
export interface ObjectSchema {
  type: 'object';
  properties?: Record<string, { [key: string]: Json }>;
  required?: string[];
  [keyword: string]: unknown;
}

export interface ToolListing {
  name: string;
  title: string;
  description: string;
  inputSchema: ObjectSchema;
  outputSchema: ObjectSchema;
  annotations: ToolAnnotations;
  // The protocol's types are open objects.
  [key: string]: unknown;
}

export interface ToolResult {
  content: ({ type: 'text'; text: string } | Attachment)[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
  [key: string]: unknown;
}

/** All tools, in the shapes that both protocol eras share. */
export interface Toolbox {
  readonly listing: ToolListing[];
  /** `null` when there is no such tool. Never throws: what goes wrong is a result that says so. */
  call(name: string, args: unknown, context: ToolContext): Promise<ToolResult> | null;
}

export function createToolbox(deps: ToolDeps): Toolbox {
  const tools = [
    executeCode(deps),
    getExecution,
    cancelExecutionTool,
    getArtifact,
    listRuntimes,
    createImage(deps),
    installPackage,
    getImageJob,
    cancelImageJob,
    listImages,
    uploadFileTool(deps),
    executeUploadedFile(deps),
    listFiles,
    deleteFileTool,
    dockerHealth,
  ];
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  return {
    listing: tools.map(listingOf),
    call(name, args, context) {
      const tool = byName.get(name);
      return tool ? tracedTool(name, context, () => resultOf(tool, args, context)) : null;
    },
  };
}

async function resultOf(tool: Tool, args: unknown, context: ToolContext): Promise<ToolResult> {
  try {
    const { data, text, attachments = [], failed } = await tool.run(args, context);
    const content = [{ type: 'text' as const, text }, ...attachments];
    return { content, structuredContent: data, ...(failed ? { isError: true } : {}) };
  } catch (error) {
    if (error instanceof AppError && error.quota) context.deps.onLimit?.(error.quota.limit);
    const { text, expected } = describeError(error);
    if (!expected) context.deps.logger.error({ err: error, tool: tool.name }, 'MCP tool broke');
    return { content: [{ type: 'text', text }], isError: true };
  }
}

function listingOf({ name, title, description, inputSchema, outputSchema, annotations }: Tool): ToolListing {
  return {
    name,
    title,
    description,
    inputSchema: jsonSchemaOf(inputSchema, 'input'),
    outputSchema: jsonSchemaOf(outputSchema, 'output'),
    annotations,
  };
}

function jsonSchemaOf(schema: z.ZodObject, io: 'input' | 'output'): ObjectSchema {
  // The names of a record are checked here all the same.
  const override = ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void =>
    void delete jsonSchema.propertyNames;
  // The dialect is left to the protocol's default: validators of older clients know no later one than draft 7 by name.
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, override });
  return JSON.parse(JSON.stringify(json), splitTypes) as ObjectSchema;
}

/** Some hosts refuse a whole tool for what they can't map to their model's dialect, where a type is one name. */
function splitTypes(_key: string, node: unknown): unknown {
  if (typeof node !== 'object' || node === null || !('type' in node) || !Array.isArray(node.type)) return node;
  const { type, ...rest } = node;
  return { ...rest, anyOf: type.map((name: unknown) => ({ type: name })) };
}

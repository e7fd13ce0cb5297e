import type { QuotaFault, TenantCaps } from '@gantry/contracts';
import type { AwaitDeps, ImageJobDeps, SubmitDeps } from '@gantry/core';
import type { z } from 'zod';
import { parseArguments } from './arguments.js';

/** What tools work with. */
export interface ToolDeps extends SubmitDeps, AwaitDeps, Pick<ImageJobDeps, 'imageJobs' | 'imageRules'> {
  version: string;
  /** Told of every refusal because a limit of a key was reached; for metrics. */
  onLimit?: ((limit: QuotaFault['limit']) => void) | undefined;
  /** Aborts when the server shuts down: waits end, so that their callers learn the execution's id and go on elsewhere. */
  shutdown: AbortSignal;
}

export interface ToolContext {
  deps: ToolDeps;
  tenant: string;
  /** What they may use; left out = the rules of the service. */
  caps?: TenantCaps | undefined;
  /** Aborts when the caller has hung up or cancelled the call. */
  signal: AbortSignal;
  /** There only when the caller wants to be told; `progress` rises with every call. */
  onProgress?: ((progress: number, message: string) => void) | undefined;
  /** What the caller says beside the arguments. */
  meta?: Readonly<Record<string, unknown>> | undefined;
}

/** Hints for the host that shows or approves calls, as the protocol names them. */
export interface ToolAnnotations {
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  openWorldHint: boolean;
}

/** What goes to the model beside the text. */
export type Attachment =
  | { type: 'image'; data: string; mimeType: string }
  | { type: 'resource'; resource: { uri: string; mimeType: string; blob: string } };

/** `data` for programs, `text` and `attachments` for models. */
export interface ToolAnswer<Data> {
  data: Data;
  text: string;
  attachments?: Attachment[];
  /** What was asked for could not be done; the text says why and what to do. */
  failed?: boolean;
}

interface ToolDefinition<Input extends z.ZodObject, Output extends z.ZodObject> {
  name: string;
  title: string;
  /** For a model: what it does, its limits and defaults, what to call next. */
  description: string;
  inputSchema: Input;
  outputSchema: Output;
  annotations: ToolAnnotations;
  run(args: z.output<Input>, context: ToolContext): Promise<ToolAnswer<z.input<Output>>>;
}

/** A tool whose argument types are forgotten, so that tools can stand in one list. Knows no protocol SDK. */
export interface Tool extends Omit<ToolDefinition<z.ZodObject, z.ZodObject>, 'run'> {
  /** Checks the arguments, runs, and keeps of the answer only what `outputSchema` names. */
  run(args: unknown, context: ToolContext): Promise<ToolAnswer<Record<string, unknown>>>;
}

export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: ToolDefinition<Input, Output>,
): Tool {
  const { inputSchema, outputSchema } = definition;
  return {
    ...definition,
    async run(args, context) {
      const answer = await definition.run(parseArguments(inputSchema, args), context);
      return { ...answer, data: outputSchema.parse(answer.data) };
    },
  };
}

import type { TenantCaps } from '@gantry/contracts';
import type { Logger } from '@gantry/core';
import type { ToolDeps } from './tool.js';
import type { Toolbox } from './toolbox.js';

/** One HTTP request to the endpoint, as both eras need to know it. */
export interface Call {
  tenant: string;
  /** What they may use; left out = the rules of the service. */
  caps?: TenantCaps | undefined;
  /** Aborts when the HTTP connection is closed. */
  gone: AbortSignal;
  /** The client reads more slowly than we write; what can be left out should be. */
  congested(): boolean;
  /** Awaited before long output is read into memory. */
  turn?: (() => Promise<void>) | undefined;
}

/** What an era serves calls with. */
export interface Endpoint {
  deps: ToolDeps;
  toolbox: Toolbox;
}

/** Serves one request of its era; the body was parsed before. */
export type EraHandler = (request: Request, body: unknown, call: Call) => Promise<Response>;

interface ProgressNotification {
  method: 'notifications/progress';
  params: { progressToken: string | number; progress: number; message: string };
}

/** How a tool tells its progress; `undefined` when the client gave no token, so doesn't want to know. */
export function progressSender(
  token: string | number | undefined,
  call: Call,
  notify: (notification: ProgressNotification) => Promise<void>,
  logger: Logger,
): ((progress: number, message: string) => void) | undefined {
  if (token === undefined) return undefined;
  return (progress, message) => {
    // Whatever is sent to a client that doesn't read would pile up here; the result has all the output.
    if (call.gone.aborted || call.congested()) return;
    const notification = {
      method: 'notifications/progress' as const,
      params: { progressToken: token, progress, message },
    };
    notify(notification).catch((error: unknown) => logger.debug({ err: error }, 'progress not sent'));
  };
}

export function unknownTool(name: string, { toolbox }: Endpoint): string {
  return `Unknown tool ${name.slice(0, 100)}; the tools are: ${toolbox.listing.map((tool) => tool.name).join(', ')}`;
}

/** What both eras tell a client about us. */
export function introduction(version: string): {
  info: { name: string; title: string; version: string };
  instructions: string;
} {
  return {
    info: { name: 'gantry', title: 'Gantry', version },
    instructions: [
      'Runs programs in isolated containers. execute_code runs one and gives its result; when it takes longer than wait_seconds,',
      'get_execution waits for the end and cancel_execution stops it. Each execution starts empty: send all the code, files and input it needs,',
      'and name the files to keep in artifacts, which get_artifact reads. For packages make an image with create_image or install_package and run on it',
      'by image_id; a build that takes longer is waited for with get_image_job. upload_file keeps a file for execute_uploaded_file and later calls.',
    ].join(' '),
  };
}

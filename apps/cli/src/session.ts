import { AdminClient, GantryClient } from '@gantry/client';
import { write, type CliIo } from './io.js';
import { paintFor, type Paint } from './paint.js';

export interface GlobalOptions {
  baseUrl?: string;
  adminUrl?: string;
  apiKey?: string;
  json?: boolean;
}

/** What one command works with. */
export interface Session {
  client: GantryClient;
  /** Of the admin server, for commands of administrators. */
  readonly admin: AdminClient;
  io: CliIo;
  json: boolean;
  /** For standard output. */
  paint: Paint;
  print(text: string): Promise<void>;
  /** One JSON document. */
  printJson(value: unknown): Promise<void>;
  /** A line for the person at the terminal, on standard error. */
  note(line: string): Promise<void>;
}

export function openSession(io: CliIo, options: GlobalOptions): Session {
  const apiKey = options.apiKey ?? io.defaults.apiKey;
  const print = (text: string): Promise<void> => write(io.stdout, text);
  return {
    client: new GantryClient({ baseUrl: options.baseUrl ?? io.defaults.baseUrl, apiKey }),
    // Made when it is asked for: a bad address of it is nobody else's fault.
    get admin() {
      const adminKey = options.apiKey ?? io.defaults.adminKey ?? apiKey;
      return new AdminClient({ baseUrl: options.adminUrl ?? io.defaults.adminUrl, apiKey: adminKey });
    },
    io,
    json: options.json ?? false,
    paint: paintFor(io.colour.stdout),
    print,
    printJson: (value) => print(`${JSON.stringify(value, null, 2)}\n`),
    note: (line) => note(io, line),
  };
}

export function note(io: CliIo, line: string): Promise<void> {
  return tell(io, `gantry: ${line}\n`);
}

/** Never fails: what can't be told to anybody is no reason to stop. */
export async function tell(io: CliIo, text: string): Promise<void> {
  await write(io.stderr, text).catch(() => undefined);
}

import type { Limits, OnOutputLimit, Usage } from './limits.js';
import type { Artifact, OmittedArtifact } from './artifact.js';
import type { JobRecord } from './job-record.js';
import type { BlobFile } from './recipe.js';
import type { Reason, TerminalStatus } from './status.js';

/** A request to run code, validated and with every default filled in. */
export interface ExecutionRequest {
  /** Canonical runtime name (`python`), never an alias. */
  runtime: string;
  code: string;
  args: string[];
  /** Everything the program reads from its standard input, then end of file. */
  stdin: string;
  env: Record<string, string>;
  workingDirectory: string;
  /** Id of the recipe it runs on; `null` = the image of the runtime. */
  imageId: string | null;
  /** Written into the sandbox before the program: absolute paths, kept by their content. */
  files: BlobFile[];
  /** Patterns of the files to keep afterwards, relative to the working directory. */
  artifacts: string[];
  limits: Limits;
  onOutputLimit: OnOutputLimit;
  /** `stream`: after `stdin` comes what clients write while it runs, until one of them closes it. */
  stdinMode: 'input' | 'stream';
  /** False: always a process of its own, even where an interpreter stands ready. */
  preload: boolean;
  /** `container`: a container for this execution alone, whatever the operator's default is. */
  isolation: 'default' | 'container';
  /** Tags that the worker must have; sorted, each once. */
  requires: string[];
  /** Among the executions of its tenant; 9 is served first. */
  priority: number;
  /** How often more it may be started when its worker is lost while it runs. */
  retryOnWorkerLost: number;
  /** Where its result shall be found by an equal request; `null` = nowhere. */
  cache: CacheTicket | null;
}

export interface CacheTicket {
  /** Hash of everything that the result depends on. */
  key: string;
  /** The executor image that the key was made for; the result counts only when this is what ran. */
  executorDigest: string;
}

/** Bytes a program wrote: text when they are valid UTF-8, else base64 of exactly those bytes. */
export interface OutputText {
  text: string;
  encoding: 'utf-8' | 'base64';
  /** Bytes were left out between head and tail. */
  truncated: boolean;
  /** How many bytes were left out. */
  droppedBytes: number;
  /** The text's own bytes, where it is long and they are at hand: whoever writes it down need not encode it again. */
  bytes?: Uint8Array;
  /** It is long: the event log has it, and `text` is empty. Who asks for the whole record is never told this. */
  logged?: true;
}

/** How an execution ended, with the evidence. Written once. */
export interface ExecutionResult {
  status: TerminalStatus;
  reason: Reason;
  exitCode: number | null;
  /** Name such as `SIGSEGV`. */
  signal: string | null;
  /** One sentence for people when the status is not `completed`. */
  message: string | null;
  stdout: OutputText;
  stderr: OutputText;
  /** Wall time of the program's stages; `null` when nothing ran. */
  executionMs: number | null;
  usage: Usage;
  /** As applied by the engine, not as asked for; `null` when nothing ran. */
  limits: Limits | null;
  imageDigest: string | null;
  /** Whether the sandbox was ready before the job came; `null` when nothing ran. */
  sandbox: 'warm' | 'cold' | null;
  /** How long its image took to be made or fetched; `null` when it was there. */
  imageMs: number | null;
  artifacts: Artifact[];
  /** Not all of them when there are very many. */
  artifactsOmitted: OmittedArtifact[];
  /** All of them. */
  artifactsOmittedCount: number;
}

/** The truth about one execution. */
export type ExecutionRecord = JobRecord<ExecutionRequest, ExecutionResult>;

export const EMPTY_OUTPUT: OutputText = { text: '', encoding: 'utf-8', truncated: false, droppedBytes: 0 };

/** A result for an execution of which no program's end was seen: cancelled in the queue, lost, broken. */
export function unranResult(status: TerminalStatus, reason: Reason, message: string): ExecutionResult {
  return {
    status,
    reason,
    exitCode: null,
    signal: null,
    message,
    stdout: EMPTY_OUTPUT,
    stderr: EMPTY_OUTPUT,
    executionMs: null,
    usage: { cpuMs: null, peakMemoryBytes: null, peakProcesses: null },
    limits: null,
    imageDigest: null,
    sandbox: null,
    imageMs: null,
    artifacts: [],
    artifactsOmitted: [],
    artifactsOmittedCount: 0,
  };
}

import {
  AppError,
  isRefusedVariable,
  NAMES_PROXY_VARIABLE,
  namesProxyVariable,
  REFUSED_VARIABLE,
  type DockerfileInstruction,
} from '@gantry/contracts';
import { copyFault } from './check-copy.js';
import { environmentNames } from './dockerfile-words.js';

export interface DockerfileRules {
  /** What the name after FROM stands for; `undefined` = it is not allowed. */
  baseOf: (name: string) => string | null | undefined;
  /** Names that may come after FROM, for the message. */
  allowedBases: readonly string[];
  /** Paths of the files that came with the request. */
  files: readonly string[];
}

export interface CheckedDockerfile {
  /** `null` = the executor image. */
  base: string | null;
  instructions: DockerfileInstruction[];
}

interface Line {
  /** From 1. */
  number: number;
  word: string;
  argument: string;
}

const MAX_INSTRUCTIONS = 200;

const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f\u2028\u2029]/;

/** Why what people may miss is not there. */
const REFUSED_WORDS: Readonly<Record<string, string>> = {
  ADD: 'is not allowed, for it fetches from the network of the host; use COPY, or RUN with a package',
  ENTRYPOINT: 'is not allowed; the language decides what runs',
  CMD: 'is not allowed; the language decides what runs',
  ONBUILD: 'is not allowed',
  VOLUME: 'is not allowed; /workspace and /tmp are writable',
  EXPOSE: 'is not allowed; nothing listens to the outside',
  HEALTHCHECK: 'is not allowed; an execution is watched by the service',
  SHELL: 'is not allowed; RUN uses /bin/sh',
  STOPSIGNAL: 'is not allowed; executions are killed',
  LABEL: 'is not allowed; labels belong to the service',
  MAINTAINER: 'is not allowed',
};

/**
 * A custom Dockerfile as the instructions that may be used, each on one line, or `custom_dockerfile_refused` with the line and the reason of
 * every fault. What passes is still built by our own template: these instructions come between its lines.
 */
export function checkDockerfile(text: string, rules: DockerfileRules): CheckedDockerfile {
  const faults: string[] = [];
  const lines = toLines(text, faults);
  const [from, ...rest] = lines;
  let base: string | null = null;
  if (from?.word !== 'FROM') faults.unshift(`line ${from?.number ?? 1}: must begin with FROM`);
  else {
    const found = baseOfFrom(from, rules);
    if (typeof found === 'object' && found !== null) faults.push(found.fault);
    else base = found;
  }
  const instructions: DockerfileInstruction[] = [];
  for (const { number, word, argument } of from?.word === 'FROM' ? rest : lines) {
    const fault = instructionFault(word, argument, rules);
    if (fault !== null) faults.push(`line ${number}: ${word} ${fault}`);
    else instructions.push({ word: word as DockerfileInstruction['word'], argument, line: number });
  }
  if (lines.length > MAX_INSTRUCTIONS) faults.push(`has more than ${MAX_INSTRUCTIONS} instructions`);
  const first = faults[0];
  if (first === undefined) return { base, instructions };
  throw new AppError('custom_dockerfile_refused', `custom_dockerfile ${first}`, {
    fields: faults.slice(0, 20).map((message) => ({ path: 'custom_dockerfile', message })),
  });
}

/** Instructions with their continuations joined; comments are left out. */
function toLines(text: string, faults: string[]): Line[] {
  const lines: Line[] = [];
  /** Line where an instruction that goes on has begun; 0 = none is open. */
  let begun = 0;
  let open = '';
  for (const [i, raw] of text.replaceAll('\r\n', '\n').split('\n').entries()) {
    const number = i + 1;
    if (CONTROL.test(raw)) faults.push(`line ${number}: must not contain control characters`);
    // The engine's builder would act on these before it reads any instruction.
    if (/^\s*#\s*(escape|syntax|check)\s*=/i.test(raw))
      faults.push(`line ${number}: parser directives are not allowed`);
    if (/^\s*(#|$)/.test(raw)) continue;
    const part = raw.replace(/\\[ \t]*$/, '').trim();
    open = begun === 0 ? part : `${open} ${part}`;
    begun ||= number;
    if (/\\[ \t]*$/.test(raw)) continue;
    lines.push(toLine(begun, open));
    begun = 0;
  }
  if (begun !== 0) faults.push(`line ${begun}: goes on with \\ past the end`);
  return lines;
}

function toLine(number: number, text: string): Line {
  const [, word = '', argument = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
  return { number, word: word.slice(0, 32).toUpperCase(), argument: argument.replaceAll('\t', ' ') };
}

function baseOfFrom({ number, argument }: Line, rules: DockerfileRules): string | null | { fault: string } {
  const base = /^\S+$/.test(argument) ? rules.baseOf(argument) : undefined;
  if (base !== undefined) return base;
  return { fault: `line ${number}: FROM must be one of: ${rules.allowedBases.join(', ')}; without options and AS` };
}

function instructionFault(word: string, argument: string, rules: DockerfileRules): string | null {
  if (argument === '') return 'must say something';
  // With the newer builder a heredoc takes the lines that follow, those of the template included.
  if (/<<-?\s*["']?[A-Za-z0-9_.]/.test(argument)) return 'must not have a heredoc; put the text into files';
  if (word !== 'COPY' && argument.startsWith('--')) return 'must not have options';
  // In a RUN it is the shell that fills in, from an environment without them.
  if (word !== 'RUN' && namesProxyVariable(argument)) return NAMES_PROXY_VARIABLE;
  switch (word) {
    case 'RUN':
      return null;
    case 'COPY':
      return copyFault(argument, rules.files);
    case 'ENV':
    case 'ARG':
      return variablesFault(word, argument);
    case 'WORKDIR':
      return /^(?!.*\.\.)[A-Za-z0-9_./-]+$/.test(argument) ? null : 'must be a plain path without ..';
    case 'USER':
      return /^[a-z0-9_][a-z0-9_-]{0,31}(:[a-z0-9_][a-z0-9_-]{0,31})?$/.test(argument)
        ? null
        : 'must be a user, or user:group';
    case 'FROM':
      return 'may come once, at the beginning';
    default:
      return REFUSED_WORDS[word] ?? 'is not an instruction that may be used here';
  }
}

function variablesFault(word: 'ENV' | 'ARG', argument: string): string | null {
  const names = environmentNames(argument, word === 'ARG');
  if (names === null) return 'must be NAME=value';
  const refused = names.find(isRefusedVariable);
  return refused === undefined ? null : `${refused} ${REFUSED_VARIABLE}`;
}

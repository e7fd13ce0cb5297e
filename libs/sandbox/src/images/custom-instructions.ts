import { AppError, NAMES_PROXY_VARIABLE, namesProxyVariable, type DockerfileInstruction } from '@gantry/contracts';
import type { BuildStep } from './dockerfile-of-recipe.js';
import { PLAIN_SCRIPT } from './install-scripts.js';

/** Where the client's files lie in the build context; nothing of ours is among them. */
export const CLIENT_FILES = 'files';

/** A checked instruction as the engine gets it. Throws `custom_dockerfile_refused` at what would reach past its own line or files. */
export function customStep(instruction: DockerfileInstruction): BuildStep {
  const { word, argument, line } = instruction;
  if (hasControls(argument) || /\\\s*$/.test(argument))
    throw refused(instruction, 'it must be one line, without control characters');
  const title = `${word} ${argument} (line ${line})`;
  if (word === 'RUN') return { instruction: `RUN ${JSON.stringify(command(argument))}`, title };
  const step = { instruction: word === 'COPY' ? copy(instruction) : `${word} ${argument}`, title };
  if (namesProxyVariable(step.instruction)) throw refused(instruction, `it ${NAMES_PROXY_VARIABLE}`);
  return step;
}

/** `RUN make` by a shell, `RUN ["make"]` without; either way without the operator's settings. */
function command(argument: string): string[] {
  return ['/bin/sh', '-c', PLAIN_SCRIPT, 'sh', ...(words(argument) ?? ['/bin/sh', '-c', argument])];
}

function copy(instruction: DockerfileInstruction): string {
  const parts = /^((?:--\S+\s+)*)(.*)$/.exec(instruction.argument.trim());
  const flags = (parts?.[1] ?? '').split(/\s+/).filter(Boolean);
  const strange = flags.find((flag) => !flag.startsWith('--chown='));
  if (strange !== undefined) throw refused(instruction, `the flag ${strange} is not known`);
  const paths = words(parts?.[2] ?? '') ?? (parts?.[2] ?? '').split(/\s+/).filter(Boolean);
  const [to, ...from] = paths.reverse();
  if (to === undefined || from.length === 0) throw refused(instruction, 'it needs a source and a destination');
  const sources = from.reverse().map((path) => ownFile(instruction, path));
  return ['COPY', ...flags, JSON.stringify([...sources, to])].join(' ');
}

function ownFile(instruction: DockerfileInstruction, path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw refused(instruction, `${JSON.stringify(path)} leads out of the files`);
  return [CLIENT_FILES, ...parts].join('/') + (parts.length === 0 ? '/' : '');
}

/** The strings of a JSON array, or `null` when it is something else. */
function words(text: string): string[] | null {
  if (!text.trim().startsWith('[')) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value) || value.length === 0) return null;
    return value.every((entry) => typeof entry === 'string') ? value : null;
  } catch {
    return null;
  }
}

function hasControls(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  return /[\u0000-\u0008\u000a-\u001f\u007f\u0085\u2028\u2029]/.test(text);
}

function refused({ word, line }: DockerfileInstruction, why: string): AppError {
  return new AppError('custom_dockerfile_refused', `The ${word} in line ${line} can't be used: ${why}`);
}

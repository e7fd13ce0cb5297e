import { BUILD_LABEL, IMAGE_LABEL } from '@gantry/sandbox/profile';

const PLAIN = new Set(['ENV', 'ARG', 'WORKDIR', 'USER', 'ENTRYPOINT', 'CMD']);
const LABELS: readonly string[] = [BUILD_LABEL, ...Object.values(IMAGE_LABEL)];

/**
 * What of a Dockerfile is not as our template writes it, with its line; `null` = nothing. Every line is one instruction there. Without ADD, with
 * bases by content id and stages of its own only, nothing in it makes the engine fetch anything (that would happen in the host's network), as long as
 * the bases are there and bring no instructions.
 */
export function dockerfileFault(text: string, deployment: string): string | null {
  const lines = text.split('\n');
  if (lines.pop() !== '') return 'the Dockerfile does not end with a line end';
  if (!lines[0]?.startsWith('FROM ')) return 'line 1 of the Dockerfile must be FROM';
  for (const [at, line] of lines.entries()) {
    const fault = lineFault(line, deployment) ?? strayCopyFault(line, lines.slice(0, at));
    if (fault !== null) return `line ${at + 1} of the Dockerfile ${fault}`;
  }
  return null;
}

/** The images by which its stages begin. */
export function basesOf(text: string): string[] {
  return [...new Set(text.match(/(?<=^FROM )sha256:[0-9a-f]{64}/gm))];
}

function lineFault(line: string, deployment: string): string | null {
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(line)) return 'has a control character';
  if (/\\\s*$/.test(line)) return 'goes on in the next';
  const [, word = '', argument = ''] = /^([A-Z]+) (.*)$/s.exec(line) ?? [];
  if (PLAIN.has(word)) return argument.startsWith('--') ? 'has an option' : null;
  switch (word) {
    case 'FROM':
      return /^sha256:[0-9a-f]{64}( AS gantry)?$/.test(argument) ? null : 'must be FROM and a content id';
    case 'RUN':
      return isVector(argument) ? null : 'must be RUN with a JSON array of strings';
    case 'COPY':
      return copyFault(argument);
    case 'LABEL':
      return labelFault(argument, deployment);
    default:
      return 'has an instruction that our builds do not use';
  }
}

/** Without such a stage the builder would take its name for that of an image, and fetch it. */
function strayCopyFault(line: string, before: readonly string[]): string | null {
  const isStray =
    line.startsWith('COPY ') &&
    line.includes('--from=gantry') &&
    !before.some((each) => /^FROM .* AS gantry$/.test(each));
  return isStray ? 'copies from a stage that is not there' : null;
}

/** The builder takes more than our spaces for the end of an option, so what follows ours must begin as neither does. */
function copyFault(argument: string): string | null {
  const options = /^((?:--\S+ )*)/.exec(argument)?.[1] ?? '';
  const strange = options
    .split(' ')
    .find((option) => !['', '--from=gantry'].includes(option) && !/^--chown=[A-Za-z0-9_:-]+$/.test(option));
  if (strange !== undefined) return `has the option ${strange.slice(0, 64)}`;
  if (!/^(?!--)[\x21-\x7e]/.test(argument.slice(options.length))) return 'has no plain path after its options';
  return argument.includes('<<') ? 'has a heredoc' : null;
}

/** Names and values as our template quotes them; the deployment is ours. */
function labelFault(argument: string, deployment: string): string | null {
  const pairs = argument.split(' ').map((pair) => /^([a-z.-]+)="([A-Za-z0-9_.:/@-]*)"$/.exec(pair));
  for (const pair of pairs) {
    const [, name = '', value = ''] = pair ?? [];
    if (!LABELS.includes(name)) return 'has a label that is none of ours';
    if (name === IMAGE_LABEL.deployment && value !== deployment) return 'has the label of another deployment';
  }
  return null;
}

function isVector(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string');
  } catch {
    return false;
  }
}

import { LABEL, lockProfile, lookProfile } from '@gantry/sandbox/profile';
import { canonicalJson } from './canonical-json.js';
import { type ContainerKind, kindOfEntrypoint } from './container-kind.js';
import { difference } from './difference.js';
import type { Policy } from './policy.js';
import { forbidden } from './refusal.js';
import { sandboxBody } from './sandbox-body.js';

export interface CheckedCreate {
  kind: Exclude<ContainerKind, 'build'>;
  name: string | null;
  imageId: string;
  /**
   * Its first process begins as root with a /proc that is not masked, which is the host's: only the init that gives that up at once may be
   * it, so only the executor image may be the image.
   */
  needsOwnInit: boolean;
  /** What the engine gets: our own text for it, not the client's. */
  body: string;
}

const NAMES: Readonly<Record<CheckedCreate['kind'], RegExp | null>> = {
  sandbox: /^gantry-[0-9a-f]{24}$/,
  lock: /^gantry-build-[0-9a-f]{32}-[0-9a-f]{12}$/,
  look: null,
};

const LABELS: Readonly<Record<string, RegExp>> = {
  [LABEL.worker]: /^[A-Za-z0-9._-]{1,128}$/,
  [LABEL.created]: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  [LABEL.execution]: /^[A-Za-z0-9_-]{1,64}$/,
  [LABEL.attempt]: /^\d{1,9}$/,
};
const ALWAYS = [LABEL.deployment, LABEL.worker];

/** Looks at the body for a new container. Only what the worker's own code would have written passes; else `Refusal` names the first field. */
export function checkCreate(policy: Policy, name: string | null, text: string): CheckedCreate {
  const asked = canonicalJson(text) as Record<string, unknown> | null;
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked)) throw forbidden('the body is not an object');
  const kind = kindOfEntrypoint(asked['Entrypoint']);
  if (kind === null) throw forbidden('Entrypoint is none of ours');
  const imageId = asked['Image'];
  if (typeof imageId !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(imageId))
    throw forbidden('Image must be the content id of an image: sha256:…');
  const labels = labelsOf(policy, asked['Labels'], kind);
  const expected =
    kind === 'sandbox'
      ? sandboxBody(policy, asked, labels)
      : kind === 'lock'
        ? lockProfile(imageId, labels)
        : lookProfile(imageId, labels);
  const found = difference(expected, asked);
  if (found !== null) throw forbidden(`${found} (is the proxy's version, and its configuration, that of the worker?)`);
  const pattern = NAMES[kind];
  if (pattern === null ? name !== null : name === null || !pattern.test(name))
    throw forbidden('the name is none of ours');
  const needsOwnInit = kind === 'sandbox' && Array.isArray(asked['Cmd']) && asked['Cmd'].length > 0;
  return { kind, name, imageId, needsOwnInit, body: JSON.stringify(expected) };
}

function labelsOf(policy: Policy, value: unknown, kind: CheckedCreate['kind']): Record<string, string> {
  if (typeof value !== 'object' || value === null) throw forbidden('Labels is missing');
  const labels = value as Record<string, unknown>;
  if (labels[LABEL.deployment] !== policy.deployment)
    throw forbidden(`Labels: ${LABEL.deployment} must be ${policy.deployment} (DEPLOYMENT)`);
  const known = kind === 'sandbox' ? [...ALWAYS, LABEL.created, LABEL.execution, LABEL.attempt] : ALWAYS;
  const needed = kind === 'sandbox' ? [...ALWAYS, LABEL.created] : ALWAYS;
  for (const [name, label] of Object.entries(labels)) {
    const isFine = typeof label === 'string' && (name === LABEL.deployment || LABELS[name]?.test(label) === true);
    if (!isFine || !known.includes(name as never))
      throw forbidden(`Labels: ${name.slice(0, 64)} is none of ours, or has a strange value`);
  }
  const missing = needed.find((name) => !Object.hasOwn(labels, name));
  if (missing !== undefined) throw forbidden(`Labels: ${missing} is missing`);
  return labels as Record<string, string>;
}

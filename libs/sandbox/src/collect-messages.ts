import type { OmissionReason } from '@gantry/contracts';
import { type AttributeSchema, violation } from './attributes.js';
import { Fields } from './fields.js';

/** What the init says of files that come out, checked: a program has chosen their names, and what if it has become the init? */

const MAX_PATH_BYTES = 1024;

const ARTIFACT: AttributeSchema = { 1: { name: 'path', kind: 'string' }, 2: { name: 'size', kind: 'number' } };
const ARTIFACT_END: AttributeSchema = { 1: { name: 'given', kind: 'number' }, 2: { name: 'why', kind: 'number' } };
const OMITTED: AttributeSchema = { 1: { name: 'path', kind: 'string' }, 2: { name: 'why', kind: 'number' } };
const COLLECTED: AttributeSchema = { 1: { name: 'untold', kind: 'number' }, 2: { name: 'end', kind: 'number' } };

/** By their numbers on the wire. */
const REASONS: Readonly<Record<number, OmissionReason>> = {
  1: 'not_a_regular_file',
  2: 'file_too_large',
  3: 'total_too_large',
  4: 'too_many',
  5: 'name_not_text',
  6: 'changed_while_read',
  7: 'unreadable',
  8: 'too_deep',
  9: 'time_limit',
};
/** What a collection's end says about what was not looked at: nothing, that the time was over, that it broke, that it was stopped. */
const ENDS: readonly (OmissionReason | null)[] = [null, 'time_limit', 'unreadable', 'time_limit'];

export function parseArtifact(payload: Uint8Array): { path: string; size: number } {
  const fields = new Fields(payload, ARTIFACT);
  const path = fields.string('path');
  const plain = path.split('/').every((name) => name !== '' && name !== '.' && name !== '..');
  if (!plain || path.includes('\0') || Buffer.byteLength(path) > MAX_PATH_BYTES)
    throw violation('the path of a file is none');
  return { path, size: fields.needed('size') };
}

export function parseArtifactEnd(payload: Uint8Array): 'complete' | OmissionReason {
  const fields = new Fields(payload, ARTIFACT_END);
  const given = fields.needed('given');
  if (given === 0) return reasonOf(fields.needed('why'));
  if (given !== 1) throw violation('a file is neither given nor not');
  return 'complete';
}

export function parseOmitted(payload: Uint8Array): { path: string; reason: OmissionReason } {
  const fields = new Fields(payload, OMITTED);
  const path = fields.string('path');
  if (path === '' || Buffer.byteLength(path) > MAX_PATH_BYTES) throw violation('the path of what is omitted is none');
  return { path, reason: reasonOf(fields.needed('why')) };
}

/** @returns `reason`: why not everything was looked at; `null` = everything was */
export function parseCollected(payload: Uint8Array): { untold: number; reason: OmissionReason | null } {
  const fields = new Fields(payload, COLLECTED);
  const reason = ENDS[fields.needed('end')];
  if (reason === undefined) throw violation('the end of a collection is not known');
  return { untold: fields.needed('untold'), reason };
}

function reasonOf(why: number): OmissionReason {
  const reason = REASONS[why];
  if (reason === undefined) throw violation(`the reason ${why} is not known`);
  return reason;
}

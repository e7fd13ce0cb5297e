import { AppError, ExecutionId, isTerminal, type Artifact } from '@gantry/contracts';
import { bytesOf, MAX_INLINE_CONTENT_BYTES } from '@gantry/core';
import { z } from 'zod';
import { DEFAULT_OUTPUT_CHARS } from '../execution-answer.js';
import { capText, fenced, shownName } from '../output-text.js';
import { defineTool, type Attachment, type ToolAnswer } from '../tool.js';
import { executionOf } from './get-execution.js';

/** What hosts can show to a model. */
const SHOWN_IMAGES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

const ArtifactAnswer = z.object({
  execution_id: z.string(),
  path: z.string(),
  size: z.number(),
  media_type: z.string(),
  sha256: z.string(),
  delivered_as: z
    .enum(['text', 'image', 'resource'])
    .describe('text: in content here. image, resource: base64 in the second content block of the result.'),
  content: z.string().nullable().describe('Null when it is not text.'),
  left_out: z.int().min(0).describe('Characters left out of the middle; a higher max_chars has them.'),
});
type ArtifactAnswer = z.infer<typeof ArtifactAnswer>;

export const getArtifact = defineTool({
  name: 'get_artifact',
  title: 'Read a file that a program left',
  description: [
    'Gives the content of one artifact of an execution: text as text, PNG, JPEG, GIF and WebP as an image, anything else as base64.',
    `At most ${MAX_INLINE_CONTENT_BYTES} bytes; larger ones are to be had over HTTP.`,
    'Only files that artifacts of execute_code named are kept; the result of the execution lists them.',
  ].join(' '),
  inputSchema: z.strictObject({
    execution_id: ExecutionId.describe('As execute_code gave it.'),
    path: z.string().min(1).max(4096).describe('As the result of the execution lists it.'),
    max_chars: z
      .int()
      .min(100)
      .max(1_000_000)
      .default(DEFAULT_OUTPUT_CHARS)
      .describe('Of text; the middle is left out past it.'),
  }),
  outputSchema: ArtifactAnswer,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async run({ execution_id: id, path, max_chars: maxChars }, { deps, tenant, signal }) {
    const record = executionOf((await deps.store.getBounded(id, tenant, 0))?.record ?? null, id);
    const artifact = record.result?.artifacts.find((one) => one.path === path);
    if (!artifact) throw missing(id, path, isTerminal(record.status));
    if (artifact.size > MAX_INLINE_CONTENT_BYTES) throw tooLarge(id, artifact);
    return answer(id, artifact, { bytes: await bytesOf(deps.blobs, artifact.sha256, signal), maxChars });
  },
});

function answer(
  id: string,
  { path, size, mediaType, sha256 }: Artifact,
  { bytes, maxChars }: { bytes: Buffer; maxChars: number },
): ToolAnswer<ArtifactAnswer> {
  const facts = { execution_id: id, path, size, media_type: mediaType, sha256 };
  const head = `Artifact ${shownName(path)} of ${id} (${size} bytes, ${mediaType})`;
  const whole = SHOWN_IMAGES.has(mediaType) ? null : decode(bytes);
  if (whole !== null) {
    const { text, leftOut } = capText(whole, maxChars);
    const more =
      leftOut > 0 ? [`(${leftOut} characters left out; call again with a higher max_chars to see them.)`] : [];
    const data: ArtifactAnswer = { ...facts, delivered_as: 'text', content: text, left_out: leftOut };
    return { data, text: [`${head}:`, text === '' ? '(empty)' : fenced(text), ...more].join('\n') };
  }
  const attachment = attachmentOf(id, { path, mediaType }, bytes.toString('base64'));
  const data: ArtifactAnswer = { ...facts, delivered_as: attachment.type, content: null, left_out: 0 };
  return { data, text: `${head} follows.`, attachments: [attachment] };
}

function attachmentOf(
  id: string,
  { path, mediaType }: Pick<Artifact, 'path' | 'mediaType'>,
  base64: string,
): Attachment {
  if (SHOWN_IMAGES.has(mediaType)) return { type: 'image', data: base64, mimeType: mediaType };
  const uri = `gantry://executions/${id}/artifacts/${path.split('/').map(encodeURIComponent).join('/')}`;
  return { type: 'resource', resource: { uri, mimeType: mediaType, blob: base64 } };
}

/** `null` when it is not text. */
function decode(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function missing(id: string, path: string, ended: boolean): AppError {
  return new AppError('not_found', `The execution ${id} has no artifact ${shownName(path)}`, {
    suggestion: ended
      ? 'get_execution lists what it has; name a file in artifacts of execute_code to have it kept.'
      : 'Artifacts are there when the execution has ended; call get_execution with wait_seconds.',
  });
}

function tooLarge(id: string, { path, size }: Artifact): AppError {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return new AppError(
    'file_too_large',
    `The artifact has ${size} bytes; at most ${MAX_INLINE_CONTENT_BYTES} are given here`,
    {
      suggestion: `Have the program write less, or fetch it at GET /executions/${id}/artifacts/${encoded} of this service.`,
    },
  );
}

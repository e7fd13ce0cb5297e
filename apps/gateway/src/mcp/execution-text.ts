import { isTerminal } from '@gantry/contracts';
import type { ExecutionAnswer } from './execution-answer.js';
import { fenced, shownName } from './output-text.js';

const MIB = 1024 * 1024;
const MAX_ARTIFACTS = 50;
const MAX_OMITTED = 10;

/** An execution as a model reads it: facts first, then the output, then what to do where it is not over. */
export function executionText(execution: ExecutionAnswer, title: string): string {
  return [
    title,
    ...facts(execution),
    ...outputBlock(execution, 'stdout'),
    ...outputBlock(execution, 'stderr'),
    ...artifactBlock(execution),
    ...nextStep(execution),
  ].join('\n');
}

function facts(execution: ExecutionAnswer): string[] {
  const { reason, exit_code, signal, error_message, execution_time_seconds, usage } = execution;
  const lines = [
    `- Execution ID: ${execution.execution_id}`,
    `- Status: ${execution.status}${reason ? ` (${reason})` : ''}`,
  ];
  if (error_message !== null) lines.push(`- Why: ${error_message}`);
  if (exit_code !== null) lines.push(`- Exit Code: ${exit_code}`);
  if (signal !== null) lines.push(`- Signal: ${signal}`);
  if (execution_time_seconds !== null) lines.push(`- Execution Time: ${execution_time_seconds.toFixed(3)} s`);
  if (usage?.peak_memory_bytes != null) lines.push(`- Peak Memory: ${(usage.peak_memory_bytes / MIB).toFixed(1)} MiB`);
  if (execution.image_seconds !== null) lines.push(`- Image: made first, in ${execution.image_seconds.toFixed(1)} s`);
  if (execution.cached) lines.push('- Cached: the result of an equal execution before; nothing ran');
  return lines;
}

/** What the program left, by names that it chose. */
function artifactBlock({
  artifacts,
  artifacts_omitted: omitted,
  artifacts_omitted_count: count,
}: ExecutionAnswer): string[] {
  const lines: string[] = [];
  if (artifacts.length > 0) lines.push('', 'ARTIFACTS (get_artifact gives their content):');
  for (const { path, size, media_type } of artifacts.slice(0, MAX_ARTIFACTS))
    lines.push(`- ${shownName(path)} (${size} bytes, ${media_type})`);
  if (artifacts.length > MAX_ARTIFACTS) lines.push(`(and ${artifacts.length - MAX_ARTIFACTS} more)`);
  if (count > 0) lines.push('', 'Files that matched and were not kept:');
  for (const { path, reason } of omitted.slice(0, MAX_OMITTED)) lines.push(`- ${shownName(path)} (${reason})`);
  if (count > MAX_OMITTED) lines.push(`(and ${count - MAX_OMITTED} more)`);
  return lines;
}

function outputBlock(execution: ExecutionAnswer, stream: 'stdout' | 'stderr'): string[] {
  const text = execution[stream];
  const title = stream.toUpperCase();
  if (text === null) return [];
  if (text === '') return ['', `${title}: (empty)`];
  const isBinary = execution[`${stream}_encoding`] === 'base64';
  const leftOut = execution[`${stream}_left_out`];
  const lines = ['', `${title}${isBinary ? ' (not UTF-8 text; base64)' : ''}:`, fenced(text)];
  if (leftOut > 0) {
    lines.push(`(${leftOut} characters left out; call get_execution with a higher max_output_chars to see them.)`);
  }
  if (execution[`${stream}_truncated`]) lines.push('(It wrote more than max_output_bytes; the middle was not kept.)');
  return lines;
}

function nextStep(execution: ExecutionAnswer): string[] {
  if (isTerminal(execution.status)) return [];
  const where = execution.status === 'pending' ? 'It still waits in the queue' : 'It has not ended yet';
  return [
    '',
    `${where}. Call get_execution with execution_id "${execution.execution_id}" and wait_seconds to wait for the end, or cancel_execution to stop it.`,
  ];
}

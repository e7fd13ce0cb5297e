import { newUlid } from './execution-id.js';

export function newImageJobId(nowMs: number): string {
  return `job_${newUlid(nowMs)}`;
}

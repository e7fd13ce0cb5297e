import { newUlid } from './execution-id.js';

export function newFileId(nowMs: number): string {
  return `file_${newUlid(nowMs)}`;
}

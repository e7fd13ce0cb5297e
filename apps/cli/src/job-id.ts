/** Ids tell what they are of: image jobs and executions are followed, shown and cancelled by the same commands. */
export function isJobId(id: string): boolean {
  return id.startsWith('job_');
}

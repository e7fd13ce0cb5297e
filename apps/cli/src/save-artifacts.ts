import { join } from 'node:path';
import type { ArtifactList } from '@gantry/contracts';
import { describeOmitted } from './format-files.js';
import { visible } from './format-values.js';
import { localPaths } from './local-paths.js';
import { makeDirectory, makeRoot, saveDownload } from './save-file.js';
import type { Session } from './session.js';

type Left = Pick<ArtifactList, 'execution_id' | 'artifacts' | 'artifacts_omitted' | 'artifacts_omitted_count'>;

/**
 * Writes all artifacts of an execution below a directory, by default one named by the execution, and tells so. False when one could not be.
 */
export async function saveArtifacts(
  session: Session,
  left: Left,
  directory: string = `./${left.execution_id}`,
): Promise<boolean> {
  const tell = (line: string): Promise<void> => (session.json ? Promise.resolve() : session.note(line));
  for (const line of describeOmitted(left)) await tell(line);
  if (left.artifacts.length === 0) {
    await tell('there are no artifacts');
    return true;
  }
  await makeRoot(directory);
  const places = localPaths(left.artifacts.map(({ path }) => path));
  let saved = 0;
  for (const [i, { path }] of left.artifacts.entries()) {
    const place = places[i];
    if (!place || 'fault' in place) {
      await session.note(`left out ${visible(path)}: ${place?.fault ?? 'it has no place'}`);
      continue;
    }
    const parent = await makeDirectory(directory, place.parts.slice(0, -1));
    const download = await session.client.downloadArtifact(left.execution_id, path);
    await saveDownload(download, join(parent, place.parts.at(-1) ?? ''));
    saved++;
  }
  await tell(`saved ${saved} ${saved === 1 ? 'artifact' : 'artifacts'} in ${visible(directory)}`);
  return saved === left.artifacts.length;
}

// Writes gantry.json from the list in libs/sandbox/src/seccomp-syscalls.ts. Run `npm run build` first.
import { writeFile } from 'node:fs/promises';
import { seccompProfile } from '@gantry/sandbox';

await writeFile(new URL('gantry.json', import.meta.url), `${JSON.stringify(seccompProfile(), null, 2)}\n`);

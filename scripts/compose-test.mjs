import { runCommand } from './lib/command-life.mjs';
import { testComposeStack } from './lib/compose-stack.mjs';
import { acquireEngine } from './lib/docker-engine.mjs';
import { withSetupLock } from './lib/setup.mjs';

// `node scripts/compose-test.mjs`: the compose stack of `npm test` alone.
await runCommand('compose-test', async (life) => {
  const stage = (name, work) => life.progress.stage(name, (say) => work({ ...life, say }));
  const dockerHost = await stage('Docker engine', async (options) => {
    const engine = await withSetupLock(options, () => acquireEngine(options));
    life.stack.defer('Docker engine', () => withSetupLock({}, () => engine.release()));
    return { value: engine.host, note: engine.note };
  });
  await testComposeStack({ ...life, stage, dockerHost });
  return 0;
});

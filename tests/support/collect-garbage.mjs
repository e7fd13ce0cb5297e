import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// `node --import`: on SIGUSR2 this process collects all garbage, then says what it still holds. So a test can tell what is kept from what is only not yet collected.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
let times = 0;

process.on('SIGUSR2', async () => {
  // What finalizers and the ends of requests let go of is found the next time.
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  process.stderr.write(
    `${JSON.stringify({ msg: 'garbage collected', times: ++times, held: heapUsed + external, rss })}\n`,
  );
});

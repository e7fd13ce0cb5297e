const SLOW_MS = 3000;

function seconds(sinceMs) {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

/**
 * One line a stage when it ends: its name, its time and what came of it. `say` tells what a stage is at; it is shown once the stage has
 * turned out to be a long one, so that a second run prints one line each.
 */
export function createProgress(output = process.stdout) {
  const line = (mark, name, text) => output.write(`  ${mark} ${name.padEnd(16)} ${text}\n`);
  return {
    note: (text) => output.write(`  · ${text}\n`),
    async stage(name, work) {
      const startedAt = performance.now();
      let step = null;
      const show = () => {
        if (step) line('·', name, step);
        step = null;
      };
      const timer = setInterval(show, SLOW_MS);
      try {
        const result = await work((text) => (step = text));
        line('✔', name, `${seconds(startedAt).padStart(7)}  ${result.note}`);
        return result.value;
      } catch (error) {
        if (error.name !== 'AbortError') line('✘', name, `${seconds(startedAt).padStart(7)}  failed`);
        throw error;
      } finally {
        clearInterval(timer);
      }
    },
  };
}

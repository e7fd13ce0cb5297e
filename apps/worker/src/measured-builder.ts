import type { Clock, ImageBuilder } from '@gantry/core';
import type { ImageMetrics } from '@gantry/service';

/** The same builder; what was asked of it is counted and timed, whether by a job or by the first use of an image. */
export function measuredBuilder(builder: ImageBuilder, metrics: ImageMetrics, clock: Clock): ImageBuilder {
  return {
    find: (id, recipe) => builder.find(id, recipe),
    ensure: async (id, recipe, watcher, signal) => {
      const askedAt = clock.monotonic();
      const observe = (source: string): void => {
        metrics.imagesProvided.inc({ source });
        metrics.provideDuration.observe({ source }, (clock.monotonic() - askedAt) / 1000);
      };
      try {
        const outcome = await builder.ensure(id, recipe, watcher, signal);
        observe(outcome.image.source);
        return outcome;
      } catch (error) {
        observe(signal.aborted ? 'cancelled' : 'failed');
        throw error;
      }
    },
    remove: (id) => builder.remove(id),
    ready: () => builder.ready(),
    expire: (rules) => builder.expire(rules),
    close: () => builder.close(),
  };
}

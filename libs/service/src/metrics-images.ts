import { Counter, Histogram } from 'prom-client';
import { atZero, type Registry } from './metrics.js';

const BUILD_SECONDS = [0.01, 0.05, 0.25, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 900];

export interface ImageMetrics {
  imageJobs: Counter<'kind' | 'status' | 'reason'>;
  /** By where the image came from: present, pulled, built; or failed, cancelled. Images of first uses are counted too. */
  imagesProvided: Counter<'source'>;
  provideDuration: Histogram<'source'>;
}

export function createImageMetrics(registry: Registry): ImageMetrics {
  const registers = [registry];
  const imagesProvided = new Counter({
    name: 'gantry_images_provided_total',
    help: 'Images that a job or a first use asked for: present, pulled, built, failed, cancelled.',
    labelNames: ['source'],
    registers,
  });
  const provideDuration = new Histogram({
    name: 'gantry_image_provide_seconds',
    help: 'Time until the image was there.',
    labelNames: ['source'],
    buckets: BUILD_SECONDS,
    registers,
  });
  const sources = ['present', 'pulled', 'built', 'failed', 'cancelled'].map((source) => ({ source }));
  for (const source of sources) provideDuration.zero(source);
  return {
    imageJobs: new Counter({
      name: 'gantry_image_jobs_total',
      help: 'Ended image builds and package installs.',
      labelNames: ['kind', 'status', 'reason'],
      registers,
    }),
    imagesProvided: atZero(imagesProvided, sources),
    provideDuration,
  };
}

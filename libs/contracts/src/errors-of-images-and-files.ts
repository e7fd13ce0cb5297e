import type { ErrorFacts } from './error-facts.js';

/** No to images, builds, packages, files and their storage. */
export const IMAGE_AND_FILE_ERRORS = {
  unknown_image: {
    status: 422,
    retryable: false,
    title: 'This image is not known',
    suggestion: 'Leave image_id out to use the image of the language.',
  },
  too_many_image_names: {
    status: 409,
    retryable: false,
    title: 'You have as many image names as are allowed',
    suggestion: 'Use a name again, which moves it, or delete images that you no longer need.',
  },
  image_in_use: {
    status: 409,
    retryable: true,
    title: 'The image is in use',
    suggestion: 'Wait until its executions have ended, then delete it again.',
  },
  build_failed: {
    status: 422,
    retryable: false,
    title: 'The image could not be built',
    suggestion: 'Read the build log; it ends with the line that failed.',
  },
  build_limit: {
    status: 422,
    retryable: false,
    title: 'The build reached a limit',
    suggestion: 'Install less at once, or ask the operator for a higher limit.',
  },
  base_unavailable: {
    status: 503,
    retryable: false,
    title: 'The base image cannot be had here',
    suggestion: 'Ask the operator to load it into the engine, or use another base_os.',
  },
  package_in_place: {
    status: 422,
    retryable: false,
    title: 'A package cannot be put into a running container',
    suggestion: 'Leave build_new_image out: it makes a new image, which every worker can run.',
  },
  custom_dockerfile_disabled: {
    status: 403,
    retryable: false,
    title: 'Custom Dockerfiles are not allowed here',
    suggestion:
      'Use languages, packages, system_packages and environment, or ask the operator for ALLOW_CUSTOM_DOCKERFILE.',
  },
  custom_dockerfile_refused: {
    status: 422,
    retryable: false,
    title: 'This Dockerfile uses what is not allowed',
    suggestion: 'Use FROM of an allowed image, RUN, COPY of supplied files, ENV, WORKDIR, ARG and USER only.',
  },
  language_not_in_image: {
    status: 422,
    retryable: false,
    title: 'The image does not have this language',
    suggestion: 'Use an image made with this language, or leave image_id out.',
  },
  file_too_large: {
    status: 413,
    retryable: false,
    title: 'The file is too large',
    suggestion: 'Send less, or ask the operator for a higher MAX_FILE_BYTES.',
  },
  file_quota: {
    status: 429,
    retryable: false,
    title: 'Your files take all the room you have',
    suggestion: 'Delete files that you no longer need.',
  },
  malformed_multipart: {
    status: 400,
    retryable: false,
    title: 'The body is not valid multipart/form-data',
    suggestion: 'Send one part named "file", and "language" and "filename" as fields if you like.',
  },
  storage_full: {
    status: 507,
    retryable: true,
    title: 'The file store is full',
    suggestion: 'Wait until older files have expired, or ask the operator for a higher MAX_STORED_BYTES.',
  },
  storage_unavailable: {
    status: 503,
    retryable: true,
    title: 'The file store cannot be reached',
    suggestion: 'Wait as Retry-After says, then try again. Nothing was kept.',
  },
} as const satisfies Record<string, ErrorFacts>;

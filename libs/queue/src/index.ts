export * from './bullmq-job-consumer.js';
export * from './bullmq-job-queue.js';
export * from './queue-board.js';

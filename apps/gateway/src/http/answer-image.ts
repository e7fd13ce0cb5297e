import { isTerminal, type CreateImageView, type InstallPackageView, type JobAccepted } from '@gantry/contracts';
import type { ImageOutcome } from '@gantry/core';
import type { Response } from 'express';
import { tellJob } from './trace-request.js';

/** 200 with what became of it, a build that failed included; 202 while it goes on. */
export function answerImage(
  response: Response,
  outcome: ImageOutcome,
  toView: (outcome: ImageOutcome) => CreateImageView | InstallPackageView,
): void {
  if (outcome.kind === 'job') {
    const { record, created } = outcome;
    tellJob(response, record);
    if (!created) response.set('Idempotency-Replayed', 'true');
    response.set('Location', `/jobs/${record.id}`);
    if (!isTerminal(record.status)) {
      response.status(202).json({ job_id: record.id, status: record.status } satisfies JobAccepted);
      return;
    }
  }
  response.json(toView(outcome));
}

import type { WebhookFault } from '@gantry/contracts';

export interface WebhookMessage {
  url: string;
  headers: Record<string, string>;
  body: string;
}

export interface SendOutcome {
  /** Of the answer; `null` when there was none. */
  httpStatus: number | null;
  /** `null` = delivered. */
  fault: WebhookFault | null;
  /** What the receiver asks for; `null` = nothing. */
  retryAfterMs: number | null;
  /** What else there is to know, for operators alone. */
  detail?: string | undefined;
}

/** Posts to addresses that tenants choose, and to none that are off limits. */
export interface WebhookSender {
  /** Always resolves, within the sender's time limit. Throws only the reason of `signal`. */
  send(message: WebhookMessage, signal: AbortSignal): Promise<SendOutcome>;
}

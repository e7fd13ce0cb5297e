/** Why a request does not reach the engine. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  /** What comes after such a request on its connection can't be trusted to be one. */
  readonly closes: boolean;

  constructor(status: number, message: string, { closes = false } = {}) {
    super(message);
    this.status = status;
    this.closes = closes;
  }
}

/** It may not be asked for. */
export function forbidden(message: string): Refusal {
  return new Refusal(403, `gantry engine proxy: ${message}`);
}

/** A limit is not as may be. The engine itself says 400 to such, and clients take it so. */
export function overLimit(message: string): Refusal {
  return new Refusal(400, `gantry engine proxy: ${message}`);
}

/** More than is taken. The rest of it, which is still to come, is not read. */
export function tooLarge(message: string): Refusal {
  return new Refusal(413, `gantry engine proxy: ${message}`, { closes: true });
}

/** For this deployment it does not exist. Clients take it for gone, as they would if they could see that it is not theirs. */
export function invisible(message: string): Refusal {
  return new Refusal(404, `gantry engine proxy: ${message}`);
}

/** It is no request that a client of ours makes. */
export function malformed(message: string): Refusal {
  return new Refusal(400, `gantry engine proxy: ${message}`, { closes: true });
}

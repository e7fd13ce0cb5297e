import type { FollowJobOptions } from '@gantry/client';
import { visible, visibleLines } from './format-values.js';
import { ProgressBar } from './progress-bar.js';
import { note, tell, type Session } from './session.js';

/**
 * What a build tells, on standard error: a bar with the current step on a terminal, steps and log as plain lines elsewhere, nothing beside
 * a JSON document.
 */
export class BuildProgress implements Disposable {
  readonly handlers: Pick<FollowJobOptions, 'onLog' | 'onProgress'>;
  readonly #session: Session;
  readonly #bar: ProgressBar | null;
  #percent = 0;

  constructor(session: Session) {
    this.#session = session;
    this.#bar = session.io.bars && !session.json ? new ProgressBar(session.io.stderr, 100) : null;
    this.handlers = session.json
      ? {}
      : { onLog: (text) => this.#log(text), onProgress: (step) => this.#progress(step) };
  }

  /** A line of ours, above the bar. */
  async note(line: string): Promise<void> {
    this.#bar?.hide();
    await note(this.#session.io, line);
    this.#bar?.show();
  }

  /** No more comes: takes the bar away for good, then shows the end of a log that was not shown, and why the build failed. */
  async fail(log: readonly string[], reasons: readonly string[]): Promise<void> {
    this[Symbol.dispose]();
    if (this.#bar) await tell(this.#session.io, log.map((line) => `${visible(line)}\n`).join(''));
    for (const reason of reasons) await note(this.#session.io, reason);
  }

  [Symbol.dispose](): void {
    this.#bar?.[Symbol.dispose]();
  }

  async #log(text: string): Promise<void> {
    if (this.#bar) return;
    await tell(this.#session.io, visibleLines(text));
  }

  async #progress({ message, percent }: { message: string; percent: number | null }): Promise<void> {
    this.#percent = percent ?? this.#percent;
    if (this.#bar) this.#bar.update(this.#percent, visible(message));
    // Steps stand in the log as well.
    else if (percent === null) await note(this.#session.io, visible(message));
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { reportError } from './error-text.js';
import type { Session } from './session.js';

const CLEAR = '\u001b[H\u001b[2J';

/** Shows something again and again until Ctrl-C; on a terminal in place. The first look must succeed, later ones may fail. */
export async function watch(session: Session, everyMs: number, show: () => Promise<string>): Promise<void> {
  const clear = !session.json && session.io.terminal ? CLEAR : '';
  const interrupt = new AbortController();
  const release = session.io.onInterrupt(() => interrupt.abort());
  try {
    await session.print(clear + (await show()));
    for (;;) {
      await delay(everyMs, undefined, { signal: interrupt.signal }).catch(() => undefined);
      if (interrupt.signal.aborted) return;
      const shown = await show().catch((error: unknown) => session.note(reportError(error).lines[0] ?? ''));
      if (typeof shown === 'string') await session.print(clear + shown);
    }
  } finally {
    release();
  }
}

import { GantryProtocolError } from './errors.js';
import { send, type Call, type HttpSettings } from './http.js';
import { parseAnswer, type Schema } from './parse-answer.js';

export interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** The answer to a call, checked. `what` names it in the message that says why it is not one. */
export async function ask<T>(settings: HttpSettings, call: Call, schema: Schema<T>, what: string): Promise<T> {
  const { body } = await send(settings, call);
  return parseAnswer(schema, body, what);
}

export interface PagedList<Page extends { next_cursor: string | null }> extends CallOptions {
  path: string;
  query: Record<string, string>;
  schema: Schema<Page>;
  what: string;
}

/** The pages of a list, each asked for when the one before is used up. */
export async function* readPages<Page extends { next_cursor: string | null }>(
  settings: HttpSettings,
  list: PagedList<Page>,
): AsyncGenerator<Page, void, void> {
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams(list.query);
    if (cursor !== null) query.set('cursor', cursor);
    const call = { method: 'GET' as const, path: `${list.path}?${query.toString()}`, signal: list.signal };
    const page: Page = await ask(settings, call, list.schema, list.what);
    yield page;
    if (page.next_cursor !== null && page.next_cursor === cursor) {
      throw new GantryProtocolError(`${list.what} does not end: a page names itself as the next one.`);
    }
    cursor = page.next_cursor;
  } while (cursor !== null);
}

import { describe, expect, test } from '@jest/globals';
import { PieceFeed } from './piece-feed.js';

describe('PieceFeed', () => {
  test('holds the pusher back until a piece is taken', async () => {
    const feed = new PieceFeed();
    const said: string[] = [];
    const pushing = (async () => {
      for (const text of ['a', 'b']) {
        await feed.push(Buffer.from(text));
        said.push(`pushed ${text}`);
      }
      feed.end();
    })();
    expect(said).toEqual([]);
    for await (const piece of feed) said.push(Buffer.from(piece).toString());
    await pushing;
    expect(said).toEqual(['pushed a', 'a', 'pushed b', 'b']);
  });

  test('throws to the puller what the pusher ended with', async () => {
    const feed = new PieceFeed();
    feed.end(new Error('given up'));
    await expect(feed[Symbol.asyncIterator]().next()).rejects.toThrow('given up');
  });

  test('never holds back the pusher of one that has left', async () => {
    const feed = new PieceFeed();
    const pushing = feed.push(Buffer.from('a'));
    for await (const _ of feed) break;
    await pushing;
    await feed.push(Buffer.from('b'));
    feed.end();
  });
});

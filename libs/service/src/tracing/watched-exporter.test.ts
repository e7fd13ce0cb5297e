import { describe, expect, test } from '@jest/globals';
import type { Logger } from '@gantry/core';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { silentLogger } from '../create-logger.js';
import { WatchedExporter } from './watched-exporter.js';

describe('an exporter that is watched', () => {
  test('tells once a minute that spans are lost, and when they are sent again', () => {
    const logged: [string, object][] = [];
    const log = (fields: object, message: string): void => void logged.push([message, fields]);
    const logger: Logger = { ...silentLogger, warn: log, info: log };
    let now = 0;
    let answer: ExportResult = { code: ExportResultCode.FAILED, error: new Error('connect ECONNREFUSED') };
    const inner = {
      export: (_spans: ReadableSpan[], done: (result: ExportResult) => void) => done(answer),
      shutdown: () => Promise.resolve(),
    };
    const exporter = new WatchedExporter(inner, logger, { monotonic: () => now });
    const results: ExportResult[] = [];
    const send = (): void => exporter.export([{}, {}] as ReadableSpan[], (result) => void results.push(result));

    for (let i = 0; i < 1000; i++) send();
    const reason = 'connect ECONNREFUSED';
    expect(logged).toEqual([['traces could not be sent', { reason, lostSpans: 2 }]]);
    now = 61_000;
    send();
    expect(logged[1]).toEqual(['traces could not be sent', { reason, lostSpans: 2002 }]);
    answer = { code: ExportResultCode.SUCCESS };
    send();
    send();
    expect(logged.slice(2)).toEqual([['traces are sent again', { lostSpans: 2002 }]]);
    expect(results).toHaveLength(1003);
  });
});

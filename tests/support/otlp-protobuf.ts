import type { CollectedSpan } from './trace-collector.js';

// opentelemetry-proto, trace/v1: just enough of it to see what a collector sees.

type Field = bigint | Buffer;

/** The fields of one message by their numbers, in order. */
function fieldsOf(message: Buffer): Map<number, Field[]> {
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => message.subarray(at, (at += length));
  while (at < message.length) {
    const key = Number(varint());
    const value = ((): Field => {
      switch (key & 7) {
        case 0:
          return varint();
        case 1:
          return take(8).readBigUInt64LE();
        case 2:
          return take(Number(varint()));
        case 5:
          return BigInt(take(4).readUInt32LE());
        default:
          throw new Error(`wire type ${key & 7} is not known`);
      }
    })();
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
  }
  return fields;
}

const messages = (fields: Map<number, Field[]>, number: number): Map<number, Field[]>[] =>
  (fields.get(number) ?? []).map((field) => fieldsOf(field as Buffer));
const bytes = (fields: Map<number, Field[]>, number: number): Buffer =>
  (fields.get(number)?.[0] as Buffer) ?? Buffer.of();
const text = (fields: Map<number, Field[]>, number: number): string => bytes(fields, number).toString('utf8');
const hex = (fields: Map<number, Field[]>, number: number): string => bytes(fields, number).toString('hex');
const integer = (fields: Map<number, Field[]>, number: number): bigint => (fields.get(number)?.[0] as bigint) ?? 0n;

function attributesOf(fields: Map<number, Field[]>, number: number): Record<string, unknown> {
  return Object.fromEntries(messages(fields, number).map((pair) => [text(pair, 1), valueOf(messages(pair, 2)[0])]));
}

function valueOf(value: Map<number, Field[]> | undefined): unknown {
  if (!value) return undefined;
  if (value.has(1)) return text(value, 1);
  if (value.has(2)) return integer(value, 2) === 1n;
  if (value.has(3)) return Number(BigInt.asIntN(64, integer(value, 3)));
  const double = Buffer.alloc(8);
  double.writeBigUInt64LE(integer(value, 4));
  return double.readDoubleLE();
}

/** @param body of an ExportTraceServiceRequest */
export function decodeTraces(body: Buffer): CollectedSpan[] {
  return messages(fieldsOf(body), 1).flatMap((resourceSpans) => {
    const [about] = messages(resourceSpans, 1);
    const resource = about ? attributesOf(about, 1) : {};
    return messages(resourceSpans, 2)
      .flatMap((scopeSpans) => messages(scopeSpans, 2))
      .map((span) => ({
        traceId: hex(span, 1),
        spanId: hex(span, 2),
        traceState: text(span, 3),
        parentSpanId: hex(span, 4),
        name: text(span, 5),
        kind: Number(integer(span, 6)),
        startNanos: integer(span, 7),
        endNanos: integer(span, 8),
        attributes: attributesOf(span, 9),
        links: messages(span, 13).map((link) => ({ traceId: hex(link, 1), spanId: hex(link, 2) })),
        status: Number(integer(messages(span, 15)[0] ?? new Map(), 3)),
        resource,
      }));
  });
}

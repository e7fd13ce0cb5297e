import { crc32 } from 'node:zlib';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
/** 1 January 1980, the first day that a zip knows. */
const DATE = 0x0021;

/** A zip archive with nothing compressed: what wheels and NuGet packages are. */
export function zipOf(files: Record<string, string | Buffer>): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [path, content] of Object.entries(files)) {
    const name = Buffer.from(path);
    const bytes = Buffer.from(content);
    const about = Buffer.alloc(22);
    about.writeUInt16LE(DATE, 8);
    about.writeUInt32LE(crc32(bytes), 10);
    about.writeUInt32LE(bytes.length, 14);
    about.writeUInt32LE(bytes.length, 18);
    const common = Buffer.concat([numbers16(VERSION), about.subarray(2), numbers16(name.length, 0)]);
    const local = Buffer.concat([number32(LOCAL), common, name, bytes]);
    centrals.push(
      Buffer.concat([number32(CENTRAL), numbers16(VERSION), common, Buffer.alloc(10), number32(offset), name]),
    );
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(centrals);
  const end = Buffer.concat([
    number32(END),
    numbers16(0, 0, centrals.length, centrals.length),
    number32(central.length),
    number32(offset),
    numbers16(0),
  ]);
  return Buffer.concat([...locals, central, end]);
}

function numbers16(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => buffer.writeUInt16LE(value, index * 2));
  return buffer;
}

function number32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

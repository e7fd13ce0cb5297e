import { extract } from 'tar-stream';

/** The regular files of an archive, by name. Throws when it is not whole, or holds anything else. */
export function unpackTar(archive: Uint8Array): Promise<Record<string, Buffer>> {
  return new Promise((resolve, reject) => {
    const files: Record<string, Buffer> = {};
    const reader = extract();
    reader.on('entry', ({ name, type }, stream, next) => {
      if (type !== 'file') reject(new Error(`${name} is a ${type}`));
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        files[name] = Buffer.concat(pieces);
        next();
      });
    });
    reader.on('finish', () => resolve(files));
    reader.on('error', reject);
    reader.end(archive);
  });
}

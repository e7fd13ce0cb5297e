import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { zipOf } from './zip.js';

export interface WheelFiles {
  name: string;
  version: string;
  files: Record<string, string>;
}

export interface NugetFiles {
  id: string;
  version: string;
  /** `lib/net45/A.dll` and the like. */
  files: Record<string, Buffer>;
  /** Version ranges by id. */
  dependencies?: Record<string, string>;
  /** What the catalog says of it, when not the truth. */
  packageHash?: string;
}

/** A package index for pip and a NuGet v3 source, where builds on the engine reach it, and only with its password. */
export class PackageIndex implements AsyncDisposable {
  readonly #server: Server;
  readonly #answers = new Map<string, Buffer>();
  readonly #versions = new Map<string, string[]>();
  readonly #links = new Map<string, string[]>();
  readonly password = 's3cret-word';
  /** Requests that were refused for want of the password. */
  refused = 0;
  #host = '';

  private constructor() {
    this.#server = createServer((request, response) => {
      const expected = `Basic ${Buffer.from(`reader:${this.password}`).toString('base64')}`;
      const allowed = request.headers.authorization === expected;
      if (!allowed) this.refused += 1;
      const answer = allowed ? this.#answers.get(request.url ?? '') : undefined;
      const headers = allowed ? {} : { 'www-authenticate': 'Basic realm="index"' };
      const type = request.url?.startsWith('/simple/') ? 'text/html' : 'application/octet-stream';
      response.writeHead(answer ? 200 : allowed ? 404 : 401, { 'content-type': type, ...headers }).end(answer);
    });
  }

  static async open(address: string): Promise<PackageIndex> {
    const index = new PackageIndex();
    await new Promise<void>((resolve, reject) => index.#server.once('error', reject).listen(0, address, resolve));
    index.#host = `${address}:${(index.#server.address() as AddressInfo).port}`;
    index.#nugetResources();
    return index;
  }

  get pipIndexUrl(): string {
    return `http://reader:${this.password}@${this.#host}/simple/`;
  }

  get nugetSource(): string {
    return `http://reader:${this.password}@${this.#host}/v3/index.json`;
  }

  addWheel({ name, version, files }: WheelFiles): void {
    const base = `${name.replaceAll('-', '_')}-${version}`;
    const about = `${base}.dist-info`;
    const wheel = zipOf({
      ...files,
      [`${about}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
      [`${about}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
      [`${about}/RECORD`]: '',
    });
    const path = `/files/${base}-py3-none-any.whl`;
    this.#answers.set(path, wheel);
    const digest = createHash('sha256').update(wheel).digest('hex');
    const links = [...(this.#links.get(name) ?? []), `<a href="${path}#sha256=${digest}">${base}-py3-none-any.whl</a>`];
    this.#links.set(name, links);
    this.#answers.set(`/simple/${name}/`, Buffer.from(`<!DOCTYPE html><html><body>${links.join('\n')}</body></html>`));
  }

  addNuget({ id, version, files, dependencies = {}, packageHash }: NugetFiles): void {
    const lower = id.toLowerCase();
    const needs = Object.entries(dependencies).map(([name, range]) => `<dependency id="${name}" version="${range}" />`);
    const manifest = `<?xml version="1.0"?><package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata>
      <id>${id}</id><version>${version}</version><authors>test</authors><description>test</description>
      <dependencies><group targetFramework=".NETFramework4.5">${needs.join('')}</group></dependencies></metadata></package>`;
    const archive = zipOf({ [`${id}.nuspec`]: manifest, ...files });
    const versions = [...(this.#versions.get(lower) ?? []), version];
    this.#versions.set(lower, versions);
    this.#json(`/flat/${lower}/index.json`, { versions });
    this.#answers.set(`/flat/${lower}/${version}/${lower}.${version}.nupkg`, archive);
    const hash = packageHash ?? createHash('sha512').update(archive).digest('base64');
    const catalogEntry = `http://${this.#host}/catalog/${lower}.${version}.json`;
    this.#json(`/registration/${lower}/${version}.json`, { catalogEntry });
    this.#json(`/catalog/${lower}.${version}.json`, { packageHash: hash, packageHashAlgorithm: 'SHA512' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #nugetResources(): void {
    const resources = [
      { '@id': `http://${this.#host}/flat/`, '@type': 'PackageBaseAddress/3.0.0' },
      { '@id': `http://${this.#host}/registration/`, '@type': 'RegistrationsBaseUrl/3.6.0' },
    ];
    this.#json('/v3/index.json', { version: '3.0.0', resources });
  }

  #json(path: string, value: unknown): void {
    this.#answers.set(path, Buffer.from(JSON.stringify(value)));
  }
}

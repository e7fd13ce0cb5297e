import { type AttributeSchema, decodeAttributes, violation } from './attributes.js';

/** The attributes of one payload by name, each of the kind that its schema says. */
export class Fields {
  readonly #values: Map<string, number | string>;

  constructor(payload: Uint8Array, schema: AttributeSchema) {
    this.#values = decodeAttributes(payload, schema);
  }

  number(name: string): number | null {
    const value = this.#values.get(name);
    return typeof value === 'number' ? value : null;
  }

  needed(name: string): number {
    const value = this.number(name);
    if (value === null) throw violation(`${name} is missing`);
    return value;
  }

  string(name: string): string {
    const value = this.#values.get(name);
    return typeof value === 'string' ? value : '';
  }
}

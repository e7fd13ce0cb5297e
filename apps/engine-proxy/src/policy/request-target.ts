import { forbidden, malformed } from './refusal.js';

export interface RequestTarget {
  /** Without the version of the API, and without anything that could be read in two ways. */
  path: string;
  query: ReadonlyMap<string, string>;
}

/** A build of many steps asks for the end of all its containers at once. */
const MAX_CHARS = 100_000;

/** Reads the target of a request line. What is not plain is refused, for the engine may read it otherwise than we do. */
export function requestTarget(target: string): RequestTarget {
  if (target.length > MAX_CHARS) throw malformed('the request line is too long');
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  if (!/^\/[A-Za-z0-9_.:/@-]*$/.test(path))
    throw malformed('the path must begin with / and have no character that would need an escape');
  if (/\/(\.{0,2})(\/|$)/.test(path)) throw malformed('the path has an empty segment, or one of dots');
  return { path: path.replace(/^\/v\d{1,2}\.\d{1,3}(?=\/)/, ''), query: queryOf(at < 0 ? '' : target.slice(at + 1)) };
}

function queryOf(text: string): Map<string, string> {
  const query = new Map<string, string>();
  if (text === '') return query;
  for (const part of text.split('&')) {
    const [, name, value] = /^([A-Za-z]{1,32})=([A-Za-z0-9_.!~*'()%:/@,-]*)$/.exec(part) ?? [];
    if (name === undefined || value === undefined) throw malformed('the query is not name=value, escaped, by &');
    if (query.has(name)) throw malformed(`the query has ${name} twice`);
    query.set(name, decoded(value));
  }
  return query;
}

function decoded(value: string): string {
  let text: string;
  try {
    text = decodeURIComponent(value);
  } catch {
    throw malformed('the query has an escape that is none');
  }
  if (/[\u0000-\u001f\u007f]/.test(text)) throw malformed('the query has a control character');
  return text;
}

/** The query, if it has the parameters that must be there, and no others than may be. */
export function parameters(
  query: ReadonlyMap<string, string>,
  required: readonly string[],
  optional: readonly string[] = [],
): Record<string, string> {
  const missing = required.find((name) => !query.has(name));
  if (missing !== undefined) throw forbidden(`the parameter ${missing} is missing`);
  const unknown = [...query.keys()].find((name) => !required.includes(name) && !optional.includes(name));
  if (unknown !== undefined) throw forbidden(`the parameter ${unknown} is not one that our worker uses here`);
  return Object.fromEntries(query);
}

/** For parameters of which the worker knows one value only. */
export function exactly(given: Record<string, string>, wanted: Readonly<Record<string, readonly string[]>>): void {
  for (const [name, values] of Object.entries(wanted)) {
    const value = given[name];
    if (value !== undefined && !values.includes(value))
      throw forbidden(`the parameter ${name} must be ${values.join(' or ')}`);
  }
}

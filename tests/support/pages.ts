import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { ROOT } from './process.js';

export interface PageLink {
  /** The page that has it, and what it says, for messages. */
  from: string;
  href: string;
  /** Relative to the repository. */
  path: string;
  anchor: string | null;
}

/** README, CONTRIBUTING and all of docs/. */
export function pages(): string[] {
  const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`)];
}

const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8');
/** Links and headings in code are examples. */
const withoutCode = (text: string): string => text.replaceAll(/^```[^]*?^```$/gm, '');

/** Links to files of the repository; those to the web are left out. */
export function linksOf(page: string): PageLink[] {
  const text = withoutCode(textOf(page)).replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ' '));
  return [...text.matchAll(/\]\((?<href>[^)\s]+)\)/g)]
    .map(({ groups: { href = '' } = {} }) => href)
    .filter((href) => !/^[a-z]+:/.test(href))
    .map((href) => {
      const [target = '', anchor = null] = href.split('#');
      return { from: page, href, path: target === '' ? page : normalize(join(dirname(page), target)), anchor };
    });
}

/** Why a link leads nowhere; null when it does not. */
export function linkFault({ path, anchor }: PageLink): string | null {
  if (!existsSync(join(ROOT, path))) return `there is no ${path}`;
  if (anchor === null || !path.endsWith('.md')) return null;
  return anchorsOf(path).has(anchor) ? null : `${path} has no heading #${anchor}`;
}

/** As GitHub makes them: lower case, blanks to hyphens, of the rest only letters, digits, hyphens and underscores. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutCode(textOf(page)).matchAll(/^#{1,6} (.+)$/gm)) {
    const plain = heading.replaceAll(/\[(.+?)\]\(.+?\)/g, '$1').toLowerCase();
    const anchor = plain.replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
    for (let count = 0; ; count++) {
      const unique = count === 0 ? anchor : `${anchor}-${count}`;
      if (anchors.has(unique)) continue;
      anchors.add(unique);
      break;
    }
  }
  return anchors;
}

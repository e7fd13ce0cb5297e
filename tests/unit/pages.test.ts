import { describe, expect, test } from '@jest/globals';
import { linkFault, linksOf, pages } from '../support/pages.js';

describe('the documentation', () => {
  test.each(pages())('%s has no link that leads nowhere', (page) => {
    const faults = linksOf(page)
      .map((link) => ({ href: link.href, fault: linkFault(link) }))
      .filter(({ fault }) => fault !== null);
    expect(faults).toEqual([]);
  });

  test('every page is listed in docs/README.md, which README.md links', () => {
    const listed = new Set(linksOf('docs/README.md').map(({ path }) => path));
    const missing = pages().filter(
      (page) => page.startsWith('docs/') && page !== 'docs/README.md' && !listed.has(page),
    );
    expect(missing).toEqual([]);
    expect(linksOf('README.md').map(({ path }) => path)).toContain('docs/README.md');
  });

  test('finds what leads nowhere', () => {
    const link = (path: string, anchor: string | null) => ({ from: 'README.md', href: path, path, anchor });
    expect(linkFault(link('docs/no-such-page.md', null))).toBe('there is no docs/no-such-page.md');
    expect(linkFault(link('docs/api.md', 'no-such-heading'))).toBe('docs/api.md has no heading #no-such-heading');
    expect(linkFault(link('docs/api.md', 'run-code'))).toBeNull();
  });
});

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './process.js';

export interface DocumentedMetric {
  type: string;
  unit: string;
  labels: string[];
}

const PAGE = path.join(ROOT, 'docs/metrics.md');

/** The tables of docs/metrics.md by the title of their section; a section without a table of metrics is left out. */
export function documentedMetrics(): Map<string, Map<string, DocumentedMetric>> {
  const sections = readFileSync(PAGE, 'utf8').split(/^## /m).slice(1);
  const documented = new Map<string, Map<string, DocumentedMetric>>();
  for (const section of sections) {
    const rows = section.matchAll(/^\| `(\w+)` \| (\w+) \| (\S+) \| (.+?) \| .+ \|$/gm);
    const metrics = new Map(
      [...rows].map(([, name = '', type = '', unit = '', labels = '']) => [
        name,
        { type, unit, labels: [...labels.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? '').sort() },
      ]),
    );
    if (metrics.size > 0) documented.set(section.slice(0, section.indexOf('\n')), metrics);
  }
  return documented;
}

/** What rules record, as far as the page names it. */
export function documentedRecordings(): string[] {
  return [...readFileSync(PAGE, 'utf8').matchAll(/^\| `(gantry:[\w:]+)` \|/gm)].map((match) => match[1] ?? '');
}

/** Titles of the alerts' sections. */
export function documentedAlerts(): string[] {
  return [...readFileSync(PAGE, 'utf8').matchAll(/^### (\w+)$/gm)].map((match) => match[1] ?? '');
}

/** Names that are used beside ours, by the sentence that tells whose they are. */
export function foreignMetrics(): string[] {
  const section = /^## From elsewhere$([\s\S]*?)^## /m.exec(readFileSync(PAGE, 'utf8'))?.[1] ?? '';
  return [...section.matchAll(/`(node_\w+)`/g)].map((match) => match[1] ?? '');
}

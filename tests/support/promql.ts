/** What a PromQL expression asks for: names of series, and the labels that it names in their selectors. */
export interface Selection {
  name: string;
  labels: string[];
}

const WORDS = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'and', 'or', 'unless', 'bool']);

/** Enough of PromQL for the expressions of this repository: no comments, no quotes or braces inside label values. */
export function selectionsOf(expression: string): Selection[] {
  const plain = expression
    // Groupings name labels, not series.
    .replaceAll(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ');
  const selections: Selection[] = [];
  for (const match of plain.matchAll(/([a-zA-Z_:][\w:]*)\s*(\(|\{[^}]*\})?|"[^"]*"/g)) {
    const [, name, after = ''] = match;
    if (name === undefined || after === '(' || WORDS.has(name)) continue;
    selections.push({
      name,
      labels: [...after.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map((label) => label[1] ?? ''),
    });
  }
  return selections;
}

/** The labels by which an expression groups. */
export function groupingsOf(expression: string): string[] {
  const groupings = expression.matchAll(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g);
  return [...groupings].flatMap((match) => (match[1] ?? '').split(',').map((label) => label.trim())).filter(Boolean);
}

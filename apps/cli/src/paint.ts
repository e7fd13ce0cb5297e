export type Style = 'good' | 'bad' | 'busy' | 'dim' | 'strong';
export type Paint = (style: Style, text: string) => string;

const CODES: Record<Style, readonly [on: number, off: number]> = {
  good: [32, 39],
  bad: [31, 39],
  busy: [33, 39],
  dim: [2, 22],
  strong: [1, 22],
};

export function paintFor(colour: boolean): Paint {
  if (!colour) return (_, text) => text;
  return (style, text) => `\u001b[${CODES[style][0]}m${text}\u001b[${CODES[style][1]}m`;
}

/** Text for a model's context: head and tail where it is too long, fenced so that it can't pass for anything but output. */
export interface CappedText {
  text: string;
  /** Characters left out of the middle (UTF-16 units); 0 when nothing was. */
  leftOut: number;
}

/** At most about `maxChars`: the first quarter and the last three, for errors stand at the end. */
export function capText(text: string, maxChars: number): CappedText {
  if (text.length <= maxChars) return { text, leftOut: 0 };
  const head = wholeHead(text, Math.floor(maxChars / 4));
  const tail = wholeTail(text, maxChars - Math.floor(maxChars / 4));
  const leftOut = text.length - head.length - tail.length;
  return { text: `${head}\n… ${leftOut} characters left out …\n${tail}`, leftOut };
}

/** Base64 is cut at the end, on a boundary of four, so that what is there decodes. */
export function capBase64(text: string, maxChars: number): CappedText {
  if (text.length <= maxChars) return { text, leftOut: 0 };
  const kept = text.slice(0, maxChars - (maxChars % 4));
  return { text: kept, leftOut: text.length - kept.length };
}

/** The last characters, never beginning inside a surrogate pair. */
export function wholeTail(text: string, maxChars: number): string {
  if (maxChars <= 0) return '';
  const start = text.length - maxChars;
  if (start <= 0) return text;
  return text.slice(isLowSurrogate(text.charCodeAt(start)) ? start + 1 : start);
}

function wholeHead(text: string, maxChars: number): string {
  return text.slice(0, isLowSurrogate(text.charCodeAt(maxChars)) ? maxChars - 1 : maxChars);
}

const isLowSurrogate = (unit: number): boolean => unit >= 0xdc_00 && unit <= 0xdf_ff;

/** A code block whose fence is longer than any run of backticks inside, so that a program's output can't end it. */
export function fenced(text: string): string {
  let longest = 2;
  for (const [run] of text.matchAll(/`{3,}/g)) longest = Math.max(longest, run.length);
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}${text.endsWith('\n') ? '' : '\n'}${fence}`;
}

const MAX_NAME_CHARS = 200;

/** A name that a program chose, on one line and for all to see: it can't pass for a line of ours. */
export function shownName(name: string): string {
  const escaped = name.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return escaped.length > MAX_NAME_CHARS ? `${wholeHead(escaped, MAX_NAME_CHARS)}…` : escaped;
}

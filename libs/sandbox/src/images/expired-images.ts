export interface ShelfImage {
  tag: string;
  recipeId: string;
  /** What it adds to its base. Layers that images share are counted for each. */
  bytes: number;
  /** Epoch milliseconds. */
  lastUsedAt: number;
}

/** Whoever has just asked for an image is about to start a container of it. */
const JUST_USED_MS = 60_000;

/** Those unused for too long, then the longest unused until the rest fits; never one that was used just now. Oldest first. */
export function expiredImages(
  images: readonly ShelfImage[],
  { unusedMs, maxBytes }: { unusedMs: number; maxBytes: number },
  now: number,
): ShelfImage[] {
  const oldestFirst = images.toSorted((a, b) => a.lastUsedAt - b.lastUsedAt);
  let bytes = images.reduce((sum, image) => sum + image.bytes, 0);
  return oldestFirst.filter((image) => {
    const unused = now - image.lastUsedAt;
    if (unused < JUST_USED_MS || (unused < unusedMs && bytes <= maxBytes)) return false;
    bytes -= image.bytes;
    return true;
  });
}

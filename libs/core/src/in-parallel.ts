/** The results of `act` for all items, in their order, with at most `atOnce` under way. After a failure nothing more is begun. */
export async function inParallel<T, R>(
  atOnce: number,
  items: readonly T[],
  act: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        results[index] = await act(items[index] as T, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = Array.from({ length: Math.min(atOnce, items.length) }, lane);
  const ends = await Promise.allSettled(lanes);
  // All lanes have ended before the first failure is told: what was begun is known to be over.
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return results;
}

/** Longer than a burst of Jobs needs, shorter than a namespace takes to be deleted and created again. */
const REMEMBERED_MS = 2000;

/**
 * Does the same for a namespace once where many ask for it at about the same time: those that come while it is being done
 * wait for that, and those that come soon after need nothing. What failed is done again for the next one.
 *
 * @param now milliseconds, of a clock that only goes forward
 */
export function prepareOnce<T>(
  prepare: (namespace: string) => Promise<T>,
  now: () => number,
): (namespace: string) => Promise<T> {
  const prepared = new Map<string, { readonly atMs: number; readonly done: Promise<T> }>();
  return async (namespace) => {
    for (const [name, { atMs }] of prepared) if (now() - atMs > REMEMBERED_MS) prepared.delete(name);
    const known = prepared.get(namespace);
    if (known !== undefined) return known.done;
    const done = prepare(namespace);
    prepared.set(namespace, { atMs: now(), done });
    try {
      return await done;
    } catch (error) {
      if (prepared.get(namespace)?.done === done) prepared.delete(namespace);
      throw error;
    }
  };
}

/** Numbers that look random, and come again with the same seed. */
export interface Random {
  /** Set DAVIT_TEST_SEED to have it again. */
  readonly seed: number;
  /** An integer from 0 to `limit` − 1. */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
}

/** mulberry32 */
export function random(
  seed: number = Number(process.env["DAVIT_TEST_SEED"] ?? Date.now() % 1_000_000),
): Random {
  let state = seed;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  return { seed, below, pick: <T>(items: readonly T[]) => items[below(items.length)] as T };
}

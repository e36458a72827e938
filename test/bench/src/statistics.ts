/** Some values of one figure, in a few words. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** How many values there were. */
  readonly count: number;
}

/** @returns undefined when there are no values. */
export function summary(values: readonly number[]): Summary | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  const middle = median(sorted);
  if (min === undefined || max === undefined || middle === undefined) return undefined;
  return { median: middle, min, max, count: sorted.length };
}

/** The value in the middle; of an even number of them the mean of the two in the middle. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}

/** A figure of one daemon by round; a round that failed has none. */
export type Series = readonly (number | undefined)[];

/**
 * The median of `a` ÷ `b` over the rounds that have both: what disturbs a round disturbs both daemons, so that this says more than the
 * ratio of the medians.
 */
export function medianRatio(a: Series, b: Series): number | undefined {
  return median(
    a.flatMap((value, round) => {
      const other = b[round];
      return value === undefined || other === undefined || other === 0 ? [] : [value / other];
    }),
  );
}

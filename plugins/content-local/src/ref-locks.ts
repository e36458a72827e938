import { UnavailableError } from "@davit/errdefs";
import { formatDuration, now, split, type Instant } from "@davit/time";

/** The refs that have an open writer in this process. */
export class RefLocks {
  readonly #since = new Map<string, Instant>();

  /**
   * Locks a ref; the function returned unlocks it, once.
   * @throws UnavailableError `ref X locked for 2.28ms (since …)`, which clients take for "try again later".
   */
  take(ref: string): () => void {
    const since = this.#since.get(ref);
    if (since !== undefined)
      throw new UnavailableError(
        `ref ${ref} locked for ${formatDuration(now() - since)} (since ${goTime(since)})`,
      );
    const mine = now();
    this.#since.set(ref, mine);
    return () => {
      if (this.#since.get(ref) === mine) this.#since.delete(ref);
    };
  }
}

/** An instant as Go prints it: `2024-01-02 03:04:05.000000006 +0000 UTC`. */
function goTime(instant: Instant): string {
  const { seconds, nanos } = split(instant);
  const [date, time] = new Date(Number(seconds) * 1000).toISOString().slice(0, 19).split("T");
  const fraction = nanos === 0 ? "" : `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}`;
  return `${date} ${time}${fraction} +0000 UTC`;
}

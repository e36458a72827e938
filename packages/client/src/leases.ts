import { LABEL_GC_EXPIRE } from "@davit/labels";
import { formatRfc3339, fromDate } from "@davit/time";
import type { Abortable, Session } from "./session.ts";

/** How long a lease lasts whose client never comes back. */
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Runs `fn` with a lease that keeps from garbage collection what is made under it: pass its id as `lease` with the calls. It is
 * deleted afterwards, and expires by itself when that fails.
 */
export async function withLease<T>(
  { services }: Session,
  fn: (lease: string) => Promise<T>,
  { signal, expiresAfterMs = DAY_MS }: Abortable & { readonly expiresAfterMs?: number } = {},
): Promise<T> {
  const expires = formatRfc3339(fromDate(new Date(Date.now() + expiresAfterMs)));
  const { lease } = await services.leases.create({ labels: { [LABEL_GC_EXPIRE]: expires } }, { signal });
  const id = lease?.id ?? "";
  try {
    return await fn(id);
  } finally {
    // Without the signal: what was aborted is to be cleaned up, too. That it fails is no harm, for it expires.
    await services.leases.delete({ id }).catch(() => undefined);
  }
}

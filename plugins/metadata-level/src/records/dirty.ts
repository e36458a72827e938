import { keyOf } from "../db/keys.ts";
import type { Transaction } from "../db/overlay.ts";

/**
 * Notes that a backend may hold bytes without a record: of `content`, or of the `snapshots` of one snapshotter. The mark
 * stays until a collection has looked.
 */
export function markDirty(
  tx: Transaction,
  ...backend: readonly ["content"] | readonly ["snapshots", string]
): void {
  tx.put(keyOf("dirty", ...backend), "");
}

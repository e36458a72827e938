import { NotFoundError } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import { keyOf } from "../db/keys.ts";
import type { Transaction } from "../db/overlay.ts";
import type { Reader } from "../db/reader.ts";

const heldKey = (namespace: string, lease: string, type: string, id: string): string =>
  keyOf("held", namespace, lease, type, id);

/**
 * That the lease of the call exists.
 * @throws NotFoundError `lease does not exist`.
 */
export async function requireLease(reader: Reader, { namespace, lease }: CallOptions): Promise<void> {
  if (!lease) return;
  if ((await reader.get(keyOf("lease", namespace, lease))) === undefined)
    throw new NotFoundError("lease does not exist");
}

/**
 * Has the lease of the call keep a resource. `type` is that of the leases API: `content`, `ingests`, `images`,
 * `snapshots/<snapshotter>`. False when the call has no lease.
 * @throws NotFoundError `lease does not exist`.
 */
export async function addToLease(
  tx: Transaction,
  options: CallOptions,
  type: string,
  id: string,
): Promise<boolean> {
  if (!options.lease) return false;
  await requireLease(tx, options);
  tx.put(heldKey(options.namespace, options.lease, type, id), "");
  return true;
}

/** Has the lease of the call keep a resource no longer; one that it did not keep is no error. */
export function removeFromLease(
  tx: Transaction,
  { namespace, lease }: CallOptions,
  type: string,
  id: string,
): void {
  if (lease) tx.delete(heldKey(namespace, lease, type, id));
}

import { isNotFound, wireMessage } from "@davit/errdefs";
import { LEASE_EXPIRE_LABEL, type LeaseManager } from "@davit/leases";
import type { CallOptions } from "@davit/namespaces";
import type { Logger } from "@davit/plugin";
import { formatRfc3339, now } from "@davit/time";

/** After this a lease that a crash has left behind keeps nothing any more: a day, in nanoseconds. */
const LIFETIME = 86_400_000_000_000n;
const NS_PER_SECOND = 1_000_000_000n;

/** The options of the calls that a transfer makes. */
export interface TransferCalls {
  /** With the lease that keeps what is made. */
  readonly leased: CallOptions;
  /**
   * For opening ingests: with the caller's lease, but not with our own. That one goes when the transfer has failed, and
   * the ingests are to outlive it (the store keeps them for a day), so that the next try goes on where this one ended.
   */
  readonly ingest: CallOptions;
}

/** The same calls with another signal. */
export function withSignal(calls: TransferCalls, signal: AbortSignal): TransferCalls {
  const leased = { ...calls.leased, signal };
  return { leased, ingest: calls.ingest === calls.leased ? leased : { ...calls.ingest, signal } };
}

/** Runs `body` under the caller's lease, or one of its own that is deleted when it ends, however it ends. */
export async function withLease<T>(
  leases: LeaseManager,
  { namespace, lease, signal, trace }: CallOptions,
  log: Logger,
  body: (calls: TransferCalls) => Promise<T>,
): Promise<T> {
  const call = { namespace, lease, signal, trace };
  if (lease !== undefined) return await body({ leased: call, ingest: call });
  const labels = { [LEASE_EXPIRE_LABEL]: formatRfc3339(inSeconds(now() + LIFETIME)) };
  const { id } = await leases.create({ labels }, call);
  try {
    return await body({ leased: { ...call, lease: id }, ingest: call });
  } finally {
    try {
      await leases.delete(id, { namespace });
    } catch (err) {
      // What was transferred is not lost by it, and the lease expires.
      if (!isNotFound(err))
        log.warn({ error: wireMessage(err), lease: id, namespace }, "failed to delete lease");
    }
  }
}

const inSeconds = (instant: bigint): bigint => instant - (instant % NS_PER_SECOND);

import type { Transfer } from "@davit/api/services/transfer";
import { NotImplementedError } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import { silent, type Logger } from "@davit/plugin";
import type { ServiceMethods } from "@davit/server";
import type { StreamManager } from "@davit/streaming";
import type { TransferEnd, Transferrer } from "@davit/transfer";
import { decodeEnd, NO_TYPE } from "./ends.ts";
import { ProgressStream } from "./progress-stream.ts";

/** What the service stands on. */
export interface TransferServiceOptions {
  /** Asked in their order; live. */
  readonly transferrers: ReadonlyMap<string, Transferrer>;
  readonly streams: StreamManager;
  readonly log?: Logger | undefined;
}

/** The methods of `containerd.services.transfer.v1.Transfer`. */
export function transferService({
  transferrers,
  streams,
  log = silent,
}: TransferServiceOptions): ServiceMethods<typeof Transfer> {
  return {
    transfer: async ({ source = NO_TYPE, destination = NO_TYPE, options }, call) => {
      await using progress = await openProgress(options?.progressStream ?? "", streams, call, log);
      const from = await decodeEnd(source, streams, call);
      const to = await decodeEnd(destination, streams, call);
      const found = from && to && find(transferrers, from, to);
      if (found === undefined)
        throw new NotImplementedError(
          `method Transfer not implemented for ${source.typeUrl} to ${destination.typeUrl}`,
          { bare: true },
        );
      await found.transferrer.transfer(found.from, found.to, { ...call, onProgress: progress?.push });
      return {};
    },
  };
}

function find(
  transferrers: ReadonlyMap<string, Transferrer>,
  from: TransferEnd,
  to: TransferEnd,
): { transferrer: Transferrer; from: TransferEnd; to: TransferEnd } | undefined {
  for (const transferrer of transferrers.values())
    if (transferrer.supports(from, to)) return { transferrer, from, to };
  return undefined;
}

async function openProgress(
  id: string,
  streams: StreamManager,
  call: CallOptions,
  log: Logger,
): Promise<ProgressStream | undefined> {
  return id === "" ? undefined : new ProgressStream(await streams.get(id, call), log);
}

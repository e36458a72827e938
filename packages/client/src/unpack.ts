import { randomBytes } from "node:crypto";
import { chainIds, type Digest } from "@davit/digest";
import { FailedPreconditionError, isAlreadyExists, isNotFound } from "@davit/errdefs";
import {
  gcRefSnapshot,
  LABEL_SNAPSHOT_DIFF_ID,
  LABEL_SNAPSHOT_PARENT_CHAIN_ID,
  LABEL_SNAPSHOT_REF,
  LABEL_UNCOMPRESSED,
} from "@davit/labels";
import type { Descriptor } from "@davit/oci";
import type { ResolvedImage } from "./images.ts";
import { withLease } from "./leases.ts";
import type { Abortable, Session } from "./session.ts";

/** One layer on its way into a snapshotter. */
interface LayerStep {
  readonly layer: Descriptor;
  readonly diffId: Digest;
  readonly chainId: Digest;
  readonly parent: Digest | "";
}

/**
 * Unpacks the layers that a snapshotter lacks, by the daemon's differ (reference 03 §6). What is there already is not touched.
 * @throws FailedPreconditionError when a layer is not what the configuration says.
 */
export async function unpack(
  session: Session,
  image: ResolvedImage,
  snapshotter: string,
  { signal }: Abortable = {},
): Promise<void> {
  if (await isUnpacked(session, image, snapshotter, { signal })) return;
  const steps = stepsOf(image);
  const config = image.manifest.config.digest;
  await withLease(
    session,
    async (lease) => {
      for (const step of steps) {
        if (!(await hasSnapshot(session, snapshotter, step.chainId, { signal })))
          await unpackLayer(session, snapshotter, step, lease, signal);
        await label(session, step.layer.digest, LABEL_UNCOMPRESSED, step.diffId, signal);
      }
      await label(session, config, gcRefSnapshot(snapshotter), image.chainId, signal);
    },
    { signal },
  );
}

/** Whether the snapshot of an image's topmost layer is there. */
export const isUnpacked = async (
  session: Session,
  { chainId }: Pick<ResolvedImage, "chainId">,
  snapshotter: string,
  options?: Abortable,
): Promise<boolean> => chainId === "" || (await hasSnapshot(session, snapshotter, chainId, options));

async function hasSnapshot(
  { services }: Session,
  snapshotter: string,
  key: string,
  { signal }: Abortable = {},
): Promise<boolean> {
  try {
    await services.snapshots.stat({ snapshotter, key }, { signal });
    return true;
  } catch (err) {
    if (isNotFound(err)) return false;
    throw err;
  }
}

function stepsOf({ manifest, config }: ResolvedImage): LayerStep[] {
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== manifest.layers.length)
    throw new FailedPreconditionError(
      `number of layers and diffIDs don't match: ${manifest.layers.length} != ${diffIds.length}`,
    );
  const chain = chainIds(diffIds);
  return manifest.layers.map((layer, index) => ({
    layer,
    diffId: diffIds[index] as Digest,
    chainId: chain[index] as Digest,
    parent: chain[index - 1] ?? "",
  }));
}

async function unpackLayer(
  { services }: Session,
  snapshotter: string,
  { layer, diffId, chainId, parent }: LayerStep,
  lease: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const options = { lease, signal };
  const key = `extract-${process.hrtime.bigint() % 1_000_000_000n}-${randomBytes(3).toString("base64url")} ${chainId}`;
  const labels = {
    [LABEL_SNAPSHOT_REF]: chainId,
    [LABEL_SNAPSHOT_DIFF_ID]: diffId,
    ...(parent !== "" && { [LABEL_SNAPSHOT_PARENT_CHAIN_ID]: parent }),
  };
  const { mounts } = await services.snapshots.prepare({ snapshotter, key, parent, labels }, options);
  try {
    const diff = { mediaType: layer.mediaType, digest: layer.digest, size: BigInt(layer.size) };
    const { applied } = await services.diff.apply({ diff, mounts }, options);
    if (applied?.digest !== diffId)
      throw new FailedPreconditionError(
        `wrong diff id "${diffId}" calculated on extraction "${applied?.digest}", desc "${layer.digest}"`,
      );
    await services.snapshots.commit({ snapshotter, key, name: chainId, labels }, options);
  } catch (err) {
    await services.snapshots.remove({ snapshotter, key }).catch(() => undefined);
    // Somebody else was faster.
    if (!isAlreadyExists(err)) throw err;
  }
}

async function label(
  { services }: Session,
  digest: string,
  name: string,
  value: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const info = { digest, labels: { [name]: value } };
  await services.content.update({ info, updateMask: { paths: [`labels.${name}`] } }, { signal });
}

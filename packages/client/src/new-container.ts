import { create } from "@bufbuild/protobuf";
import { OptionsSchema } from "@davit/api/runc";
import type { Image } from "@davit/api/services/images";
import type { Mount as ProtoMount } from "@davit/api/types";
import { AlreadyExistsError, isNotFound, quote } from "@davit/errdefs";
import { MAX_LABEL_BYTES } from "@davit/labels";
import {
  applySpec,
  defaultSpec,
  resolveUser,
  withDefaultUnixDevices,
  withImageConfig,
  withUser,
  type SpecOption,
  type User,
} from "@davit/oci";
import { packAny, type Any } from "@davit/typeurl";
import { Container, SPEC } from "./container.ts";
import { defaultRuntime, defaultSnapshotter } from "./defaults.ts";
import { getImage, resolveImage, type ResolvedImage } from "./images.ts";
import { withLease } from "./leases.ts";
import type { PlatformLike } from "./platform.ts";
import type { Abortable, Session } from "./session.ts";
import { unpack } from "./unpack.ts";

/** What a container is made of. */
export interface NewContainer extends Abortable {
  /** An identifier: letters, digits, and `.`, `_`, `-` between them. */
  readonly id: string;
  /** An image that was pulled: its record or its name. */
  readonly image: string | Image;
  /** Instead of the image's Cmd. */
  readonly args?: readonly string[] | undefined;
  /** Instead of the image's `user[:group]`. */
  readonly user?: string | undefined;
  /** Changes of the spec, applied last. */
  readonly spec?: readonly SpecOption[] | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly platform?: PlatformLike | undefined;
  /** Default that of the namespace, else overlayfs. */
  readonly snapshotter?: string | undefined;
  /** Default that of the namespace, else `io.containerd.runc.v2`. */
  readonly runtime?: string | undefined;
  /** Options of the runtime; default runc's, empty. */
  readonly runtimeOptions?: Any | undefined;
}

/** Names the signal that asks the image's process to stop (containerd). */
export const LABEL_STOP_SIGNAL = "io.containerd.image.config.stop-signal";

/**
 * Makes a container with a snapshot of its own upon the image, which is unpacked first where it is not. What is made is
 * removed again when a later step fails.
 *
 * @throws NotFoundError for an image that was not pulled, or a user the image lacks; AlreadyExistsError for an id that is taken;
 *   InvalidArgumentError when neither image nor `args` says what to run.
 */
export async function createContainer(session: Session, wanted: NewContainer): Promise<Container> {
  const { signal, id } = wanted;
  const snapshotter = wanted.snapshotter ?? (await defaultSnapshotter(session, { signal }));
  const runtime = wanted.runtime ?? (await defaultRuntime(session, { signal }));
  const image =
    typeof wanted.image === "string" ? await getImage(session, wanted.image, { signal }) : wanted.image;
  const resolved = await resolveImage(session, image, { platform: wanted.platform, signal });
  await refuseTaken(session, id, signal);
  await unpack(session, resolved, snapshotter, { signal });
  await withLease(
    session,
    (lease) =>
      withSnapshot(
        session,
        { snapshotter, key: id, parent: resolved.chainId, lease, signal },
        async (mounts) => {
          const user = await userOf(mounts, wanted.user ?? resolved.config.config.User ?? "");
          const spec = applySpec(
            defaultSpec({ namespace: session.namespace, id }),
            withDefaultUnixDevices,
            withImageConfig(resolved.config.config, { args: wanted.args }),
            withUser(user),
            ...(wanted.spec ?? []),
          );
          const container = {
            id,
            image: image.name,
            labels: labelsOf(image, resolved, wanted.labels),
            runtime: { name: runtime, options: wanted.runtimeOptions ?? RUNC_OPTIONS },
            spec: packAny(SPEC, spec),
            snapshotter,
            snapshotKey: id,
          };
          await session.services.containers.create({ container }, { lease, signal });
        },
      ),
    { signal },
  );
  return new Container(session, id);
}

const RUNC_OPTIONS: Any = packAny(OptionsSchema, create(OptionsSchema));

/** The record is looked for before the snapshot is made: it is the better reason. */
async function refuseTaken(
  { services }: Session,
  id: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await services.containers.get({ id }, { signal });
  } catch (err) {
    if (isNotFound(err)) return;
    throw err;
  }
  throw new AlreadyExistsError(`container ${quote(id)}`);
}

interface SnapshotRequest {
  readonly snapshotter: string;
  readonly key: string;
  readonly parent: string;
  readonly lease: string;
  readonly signal: AbortSignal | undefined;
}

/** Prepares a snapshot and removes it again when `fn` fails. */
async function withSnapshot(
  { services }: Session,
  { lease, signal, ...request }: SnapshotRequest,
  fn: (mounts: readonly ProtoMount[]) => Promise<void>,
): Promise<void> {
  const { mounts } = await services.snapshots.prepare(request, { lease, signal });
  try {
    await fn(mounts);
  } catch (err) {
    const { snapshotter, key } = request;
    await services.snapshots.remove({ snapshotter, key }).catch(() => undefined);
    throw err;
  }
}

/** Looks the user up in the snapshot, mounted for the moment, read-only. */
async function userOf(mounts: readonly ProtoMount[], user: string): Promise<User> {
  // Most of this package's users never mount: the module is loaded by those who do.
  const { readOnly, withTemporaryMount } = await import("@davit/mount");
  const { tmpdir } = await import("node:os");
  return await withTemporaryMount(tmpdir(), readOnly(mounts), (root) => resolveUser(root, user));
}

/** The image's labels as far as they are valid, those of its record, and those asked for. */
const labelsOf = (
  image: Image,
  { config: { config } }: ResolvedImage,
  wanted: Readonly<Record<string, string>> = {},
): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(config.Labels ?? {}).filter(fits)),
  ...image.labels,
  [LABEL_STOP_SIGNAL]: config.StopSignal || "SIGTERM",
  ...wanted,
});

const fits = ([key, value]: [string, string]): boolean =>
  Buffer.byteLength(key) + Buffer.byteLength(value) <= MAX_LABEL_BYTES;

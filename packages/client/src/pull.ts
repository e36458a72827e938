import { create } from "@bufbuild/protobuf";
import type { Image } from "@davit/api/services/images";
import { ImageStoreSchema, OCIRegistrySchema, ProgressSchema, type Progress } from "@davit/api/transfer";
import { packAny, unpackAny } from "@davit/typeurl";
import { MessageStream } from "./message-stream.ts";
import { platformToProto, wantedPlatform, type PlatformLike } from "./platform.ts";
import { answerAuth, type CredentialsSource } from "./registry-auth.ts";
import { defaultSnapshotter } from "./defaults.ts";
import { getImage } from "./images.ts";
import type { Abortable, Session } from "./session.ts";

/** What is being transferred, as the daemon reports it several times a second (reference 06 §11.2). */
export interface TransferProgress {
  /** What is being done: `downloading`, `extracting`, `complete`, or a sentence about the whole. */
  readonly event: string;
  /** The job, `layer-sha256:…`; of events about the whole the image's name or "". */
  readonly name: string;
  /** The jobs it belongs to. */
  readonly parents: readonly string[];
  /** Bytes. */
  readonly progress: number;
  readonly total: number;
}

/** How an image is pulled. */
export interface PullOptions extends Abortable {
  /** HTTP without TLS. The daemon does so by itself for a loopback address. */
  readonly plainHttp?: boolean | undefined;
  /** `os/architecture[/variant]`; default this machine's. */
  readonly platform?: PlatformLike | undefined;
  /** Unpack the layers into the snapshotter; default true. */
  readonly unpack?: boolean | undefined;
  /** Default that of the namespace, else overlayfs. */
  readonly snapshotter?: string | undefined;
  readonly credentials?: CredentialsSource | undefined;
  /** A directory of the daemon's machine with `hosts.toml` files. */
  readonly hostsDir?: string | undefined;
  /** Headers of every request to the registry. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Labels of the image. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/** How long the last messages about a transfer are waited for when it has ended. */
const LAST_WORDS_MS = 2000;

/**
 * Pulls an image by the daemon's transfer service, and unpacks it.
 * @param reference with its registry and tag or digest, as `docker.io/library/alpine:latest`.
 * @throws NotFoundError when the registry does not have it; NotImplementedError when the daemon has no transfer service
 *   (containerd before 1.7).
 */
export async function pull(session: Session, reference: string, options: PullOptions = {}): Promise<Image> {
  const { credentials, onProgress } = options;
  const failure = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failure.signal]) : failure.signal;
  const snapshotter = options.snapshotter ?? (await defaultSnapshotter(session, { signal }));
  await using streams = new AsyncDisposableStack();
  const progress = onProgress && streams.use(await MessageStream.open(session, "progress", { signal }));
  const auth = credentials && streams.use(await MessageStream.open(session, "auth", { signal }));
  const reported = progress && onProgress && report(progress, onProgress);
  const answered = auth && credentials && answerAuth(auth, credentials);
  // A transfer whose questions nobody answers would wait for ever.
  for (const work of [reported, answered]) work?.catch((err: unknown) => failure.abort(err));
  const from = create(OCIRegistrySchema, source(reference, options, auth?.id));
  const to = create(ImageStoreSchema, destination(reference, options, snapshotter));
  await session.services.transfer.transfer(
    {
      source: packAny(OCIRegistrySchema, from),
      destination: packAny(ImageStoreSchema, to),
      ...(progress && { options: { progressStream: progress.id } }),
    },
    { signal },
  );
  // The daemon ends the progress stream after its last words, which may follow the transfer's answer.
  if (reported) await Promise.race([reported, pause(LAST_WORDS_MS)]);
  return await getImage(session, reference, { signal });
}

function source(
  reference: string,
  { plainHttp = false, headers, hostsDir = "" }: PullOptions,
  authStream = "",
): { reference: string; resolver: object } {
  return {
    reference,
    resolver: {
      authStream,
      hostDir: hostsDir,
      defaultScheme: plainHttp ? "http" : "",
      ...(headers && { headers: { ...headers } }),
    },
  };
}

function destination(
  name: string,
  { platform, labels, unpack = true }: PullOptions,
  snapshotter: string,
): object {
  const wanted = platformToProto(wantedPlatform(platform));
  return {
    name,
    platforms: [wanted],
    ...(labels && { labels: { ...labels } }),
    ...(unpack && { unpacks: [{ platform: wanted, snapshotter }] }),
  };
}

async function report(
  stream: MessageStream,
  onProgress: (progress: TransferProgress) => void,
): Promise<void> {
  for await (const message of stream) onProgress(progressOf(unpackAny(message, ProgressSchema)));
}

const progressOf = ({ event, name, parents, progress, total }: Progress): TransferProgress => ({
  event,
  name,
  parents,
  progress: Number(progress),
  total: Number(total),
});

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds).unref());

import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { removeContainer, type Client, type NewContainer } from "@davit/client";
import { isNotFound } from "@davit/errdefs";
import {
  withAnnotations,
  withCwd,
  withEnv,
  withHostNetwork,
  withMounts,
  withProcess,
  withReadonlyRoot,
  withTty,
  type SpecMount,
  type SpecOption,
} from "@davit/oci";
import { normalizeDockerReference } from "@davit/reference";
import { withClient, type GlobalOptions } from "../context.ts";
import { ownConsoleSize, ownStdio, takeOver, type ProcessArguments } from "../foreground.ts";
import { pullWithProgress, type PullingArguments } from "./pull.ts";

export interface RunArguments extends ProcessArguments, PullingArguments {
  readonly rm?: boolean;
  readonly detach?: boolean;
  readonly name?: string;
  readonly mount?: readonly SpecMount[];
  readonly netHost?: boolean;
  readonly readOnly?: boolean;
  readonly label?: Readonly<Record<string, string>>;
  readonly runtime?: string;
  readonly logUri?: string;
  readonly pull: "missing" | "always" | "never";
}

/** `davit run`: returns the exit code of the container's process. */
export async function run(
  name: string,
  args: readonly string[],
  options: RunArguments & GlobalOptions,
): Promise<number> {
  refuseContradictions(options);
  const image = normalizeDockerReference(name);
  return await withClient(options, async (client, signal) => {
    await ensureImage(client, image, options, signal);
    const { user, label: labels, snapshotter, runtime, platform } = options;
    const wanted: NewContainer = {
      id: options.name ?? randomBytes(6).toString("hex"),
      image,
      args,
      user,
      labels,
      snapshotter,
      runtime,
      platform,
      spec: specOf(options),
      signal,
    };
    if (options.detach) return await leaveRunning(client, wanted, options.logUri);
    const stdio = ownStdio(options);
    using foreground = takeOver(stdio);
    return await client.run({
      ...wanted,
      ...stdio,
      remove: options.rm ?? false,
      onStarting: (task) => foreground.starting(task),
      onStarted: (task) => foreground.started(task),
    });
  });
}

function refuseContradictions({ detach = false, rm, tty, interactive, logUri }: RunArguments): void {
  if (detach && rm) throw new Error("--detach and --rm cannot be given together");
  if (detach && (tty || interactive)) throw new Error("--detach takes neither --tty nor --interactive");
  if (!detach && logUri !== undefined) throw new Error("--log-uri is for --detach");
}

async function ensureImage(
  client: Client,
  image: string,
  { pull, label: _ofTheContainer, ...options }: RunArguments & GlobalOptions,
  signal: AbortSignal,
): Promise<void> {
  if (pull === "never") return;
  if (pull === "missing") {
    try {
      await client.image(image, { signal });
      return;
    } catch (err) {
      if (!isNotFound(err)) throw err;
    }
  }
  const { plainHttp, platform, snapshotter, hostsDir, credentials, quiet } = options;
  await pullWithProgress(
    client,
    image,
    {
      ...(plainHttp && { plainHttp }),
      ...(platform && { platform }),
      ...(snapshotter && { snapshotter }),
      ...(hostsDir && { hostsDir }),
      ...(credentials && { credentials }),
      quiet,
    },
    signal,
  );
}

/** The terminal is as large as ours from the first moment on. */
const withOwnSize: SpecOption = withProcess((process) => ({ ...process, ...ownConsoleSize() }));

/** Later options win: what the image says was applied before. */
const specOf = ({ tty, env, workdir, mount, netHost, readOnly, label }: RunArguments): SpecOption[] => [
  ...(netHost ? [withHostNetwork(hostname())] : []),
  ...(mount ? [withMounts(mount)] : []),
  ...(tty ? [withTty, withOwnSize] : []),
  ...(workdir === undefined ? [] : [withCwd(workdir)]),
  ...(readOnly ? [withReadonlyRoot] : []),
  ...(label ? [withAnnotations(label)] : []),
  ...(env ? [withEnv(env)] : []),
];

/** Starts a container, prints its id and leaves it. */
async function leaveRunning(
  client: Client,
  wanted: NewContainer,
  logUri: string | undefined,
): Promise<number> {
  const container = await client.createContainer(wanted);
  try {
    const task = await container.createTask({
      io: logUri === undefined ? null : { logUri },
      signal: wanted.signal,
    });
    await task.start();
  } catch (err) {
    await removeContainer(container);
    throw err;
  }
  process.stdout.write(`${container.id}\n`);
  return 0;
}

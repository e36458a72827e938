import type { Client, Credentials } from "@davit/client";
import { normalizeDockerReference } from "@davit/reference";
import { withClient, type GlobalOptions } from "../context.ts";
import { startProgress } from "../progress/progress.ts";

/** How images are pulled. */
export interface PullingArguments {
  readonly plainHttp?: boolean;
  readonly platform?: string;
  readonly snapshotter?: string;
  readonly hostsDir?: string;
  readonly credentials?: Credentials;
}

export interface PullArguments extends PullingArguments {
  readonly unpack?: boolean;
  readonly label?: Readonly<Record<string, string>>;
}

/** `davit pull`: progress on standard error, at the end the name and digest on standard output. */
export async function pull(name: string, options: PullArguments & GlobalOptions): Promise<void> {
  const reference = normalizeDockerReference(name);
  await withClient(options, async (client, signal) => {
    const { target } = await pullWithProgress(client, reference, options, signal);
    process.stdout.write(options.quiet ? `${reference}\n` : `${reference}@${target?.digest ?? ""}\n`);
  });
}

/** Pulls and shows how far it is. */
export async function pullWithProgress(
  client: Client,
  reference: string,
  { quiet, label, ...options }: PullArguments & GlobalOptions,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<Client["pull"]>>> {
  using progress = quiet ? undefined : startProgress(reference, process.stderr);
  const image = await client.pull(reference, {
    ...options,
    ...(label && { labels: label }),
    ...(progress && { onProgress: (event) => progress.add(event) }),
    signal,
  });
  progress?.finish();
  return image;
}

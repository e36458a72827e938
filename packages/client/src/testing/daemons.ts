import { connect, type Client } from "@davit/client";
import {
  buildBusyboxImage,
  containerdMissing,
  needs,
  pushImage,
  startContainerd,
  startRegistry,
  type Containerd,
  type Registry,
} from "@davit/test-support";

/** Why the tests against a real containerd cannot run here. */
export const daemonMissing: string | false = containerdMissing() || needs("docker-registry", "busybox");

/** A containerd with a client, a registry with an image, all for one test file. */
export interface Bench extends AsyncDisposable {
  readonly containerd: Containerd;
  readonly registry: Registry;
  readonly client: Client;
  /** The image in the registry, not pulled. */
  readonly reference: string;
}

/** Starts the daemon and the registry. */
export async function startBench(): Promise<Bench> {
  await using stack = new AsyncDisposableStack();
  const registry = stack.use(await startRegistry());
  const reference = await pushImage(registry, "test/busybox:1", buildBusyboxImage());
  const containerd = stack.use(await startContainerd());
  const { address, namespace, fifoDir } = containerd;
  const client = stack.use(connect({ address, namespace, fifoDir }));
  const owned = stack.move();
  return { containerd, registry, client, reference, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** What was written into it, as text. */
export async function collect(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

import assert from "node:assert/strict";
import type { NewContainer } from "@davit/containers";
import type { ContentStore } from "@davit/content";
import { digestOf, type Digest } from "@davit/digest";
import { wireMessage } from "@davit/errdefs";
import type { NewImage } from "@davit/images";
import type { CallOptions } from "@davit/namespaces";
import type { NewSandbox } from "@davit/sandbox";

/** What a call that fails says on the wire. */
export async function messageOf(call: Promise<unknown>): Promise<string> {
  const [outcome] = await Promise.allSettled([call]);
  assert.equal(outcome.status, "rejected", "the call was to fail");
  return wireMessage(outcome.reason);
}

export const image = (name: string, labels: Readonly<Record<string, string>> = {}): NewImage => ({
  name,
  labels,
  target: {
    mediaType: "application/vnd.oci.image.index.v1+json",
    digest: digestOf(name),
    size: 1234,
    annotations: { note: name },
  },
});

export const container = (id: string, more: Partial<NewContainer> = {}): NewContainer => ({
  id,
  labels: {},
  image: "docker.io/library/busybox:latest",
  runtime: { name: "io.containerd.runc.v2" },
  snapshotter: "",
  snapshotKey: "",
  sandboxId: "",
  extensions: {},
  ...more,
});

export const sandbox = (id: string, more: Partial<NewSandbox> = {}): NewSandbox => ({
  id,
  labels: {},
  runtime: { name: "io.containerd.runc.v2" },
  sandboxer: "shim",
  extensions: {},
  ...more,
});

export const any = (text: string): { readonly typeUrl: string; readonly value: Uint8Array } => ({
  typeUrl: `types.example/${text}`,
  value: new Uint8Array(Buffer.from(text)),
});

/** Writes and commits a blob. */
export async function putBlob(
  store: ContentStore,
  text: string,
  options: CallOptions & { readonly labels?: Readonly<Record<string, string>> },
): Promise<Digest> {
  await using writer = await store.writer(`put-${text}`, options);
  await writer.write(Buffer.from(text));
  return await writer.commit(options);
}

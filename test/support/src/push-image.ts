import type { ImageDescriptor, TestImage } from "./image.ts";
import type { Registry } from "./registry.ts";

/** Who pushes; see `REGISTRY_CREDENTIALS`. */
interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Puts an image into a registry by plain PUTs (OCI distribution-spec v1.1). Blobs that are there already are not sent again.
 * @param name repository, with or without a tag (default `latest`).
 * @returns the reference to pull, `127.0.0.1:PORT/name:tag`.
 */
export async function pushImage(
  registry: Pick<Registry, "host" | "url">,
  name: string,
  image: TestImage,
  credentials?: Credentials,
): Promise<string> {
  const [repository = "", tag = "latest"] = name.split(":");
  const push = new Push(`${registry.url}/v2/${repository}`, credentials);
  const manifests = [...image.manifests, image.target];
  const isManifest = new Set(manifests.map(({ digest }) => digest));
  for (const [digest, bytes] of image.blobs) if (!isManifest.has(digest)) await push.blob(digest, bytes);
  for (const manifest of manifests) await push.manifest(manifest.digest, manifest, image.blobs);
  await push.manifest(tag, image.target, image.blobs);
  return `${registry.host}/${repository}:${tag}`;
}

/** Requests to one repository. */
class Push {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(base: string, credentials: Credentials | undefined) {
    this.#base = base;
    const { username, password } = credentials ?? {};
    const basic = Buffer.from(`${username}:${password}`).toString("base64");
    this.#headers = credentials === undefined ? {} : { authorization: `Basic ${basic}` };
  }

  async blob(digest: string, bytes: Uint8Array): Promise<void> {
    if ((await this.#send("HEAD", `${this.#base}/blobs/${digest}`, [200, 404])).status === 200) return;
    const started = await this.#send("POST", `${this.#base}/blobs/uploads/`, [202]);
    const location = new URL(started.headers.get("location") ?? "", this.#base);
    location.searchParams.set("digest", digest);
    await this.#send("PUT", location.href, [201], bytes, "application/octet-stream");
  }

  async manifest(
    name: string,
    { digest, mediaType }: ImageDescriptor,
    blobs: ReadonlyMap<string, Uint8Array>,
  ): Promise<void> {
    await this.#send("PUT", `${this.#base}/manifests/${name}`, [201], blobs.get(digest), mediaType);
  }

  async #send(
    method: string,
    url: string,
    expected: readonly number[],
    body?: Uint8Array,
    type?: string,
  ): Promise<Response> {
    const headers = { ...this.#headers, ...(type !== undefined && { "content-type": type }) };
    const request = { method, headers, ...(body !== undefined && { body: Buffer.from(body) }) };
    const response = await fetch(url, request);
    if (!expected.includes(response.status))
      throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
    await response.body?.cancel();
    return response;
  }
}

import { algorithmOf, digestOf, isDigest, parseDigest, type Digest } from "@davit/digest";
import {
  DataLossError,
  InvalidArgumentError,
  isUnauthenticated,
  NotFoundError,
  NotImplementedError,
  UnauthenticatedError,
  wireMessage,
} from "@davit/errdefs";
import { MEDIA_TYPE_DOCKER_SCHEMA1, type Descriptor } from "@davit/oci";
import { discardBody, readBody } from "./http/body.ts";
import { targetOf, urlOf, type Endpoint, type Target } from "./endpoint.ts";
import { RegistryStatusError } from "./http/errors.ts";
import { one, type HttpResponse } from "./http/message.ts";
import type { RegistryClient } from "./registry-client.ts";

/** No manifest is longer, in bytes. */
export const MAX_MANIFEST_BYTES: number = 4 * 1048 * 1048;

const ACCEPT = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "*/*",
].join(", ");

/** What a reference stands for. */
export interface Resolved {
  /** The reference as given. */
  readonly name: string;
  readonly descriptor: Descriptor;
}

/** A manifest that is too long counts as absent, but says so before all other hosts' errors. */
class OversizeError extends NotFoundError {}

/**
 * Finds the descriptor that a reference stands for (containerd core/remotes/docker/resolver.go).
 * @throws InvalidArgumentError `object required`; NotFoundError; NotImplementedError for Docker's schema 1;
 *   UnauthenticatedError `pull access denied …`; the error of the host that came nearest.
 */
export async function resolve(
  client: RegistryClient,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Resolved> {
  const target = targetOf(name);
  const { tag, digest: digestText } = target.reference.requireObject();
  const digest = digestText === "" ? undefined : parseDigest(digestText);
  const capabilities = digest === undefined ? (["pull", "resolve"] as const) : (["pull"] as const);
  const endpoints = await client.endpoints(target, ...capabilities);
  if (endpoints.length === 0) throw new NotFoundError(`no resolve hosts for ${name}`);
  const kinds = digest === undefined ? ["manifests"] : ["manifests", "blobs"];
  let nearest: unknown;
  for (const kind of kinds) {
    nearest = undefined;
    for (const [index, endpoint] of endpoints.entries()) {
      try {
        const isLast = index === endpoints.length - 1;
        const probe = new Probe(client, target, endpoint, { kind, digest, isLast, signal });
        return { name, descriptor: await probe.descriptor(digest ?? tag) };
      } catch (err) {
        signal?.throwIfAborted();
        if (err instanceof NotImplementedError) throw err;
        if (priority(err) > priority(nearest)) nearest = err;
      }
    }
    if (priority(nearest) !== Priority.absent) break;
  }
  throw explained(nearest, name);
}

const Priority = { none: 0, transport: 1, absent: 2, status: 3, oversize: 4 } as const;

function priority(err: unknown): number {
  if (err === undefined) return Priority.none;
  if (err instanceof OversizeError) return Priority.oversize;
  if (!(err instanceof RegistryStatusError)) return Priority.transport;
  return err.status === 404 ? Priority.absent : Priority.status;
}

function explained(err: unknown, name: string): unknown {
  if (priority(err) === Priority.absent) return new NotFoundError(name);
  if (!isUnauthenticated(err)) return err;
  const denied = "pull access denied, repository does not exist or may require authorization";
  return new UnauthenticatedError(`${denied}: ${wireMessage(err)}`, { cause: err, bare: true });
}

interface ProbeOptions {
  /** `manifests` or `blobs`. */
  readonly kind: string;
  readonly digest: Digest | undefined;
  readonly isLast: boolean;
  readonly signal: AbortSignal | undefined;
}

/** One endpoint asked for one object. */
class Probe {
  readonly #client: RegistryClient;
  readonly #target: Target;
  readonly #endpoint: Endpoint;
  readonly #options: ProbeOptions;

  constructor(client: RegistryClient, target: Target, endpoint: Endpoint, options: ProbeOptions) {
    this.#client = client;
    this.#target = target;
    this.#endpoint = endpoint;
    this.#options = options;
  }

  async descriptor(object: string): Promise<Descriptor> {
    const head = await this.#head(object);
    const digest = this.#options.digest ?? digestHeader(head);
    const size = contentLength(head);
    const mediaType = mediaTypeOf(head);
    if (digest === undefined || size === undefined || mediaType === "") return this.#hashed(object);
    this.#checkSize(size);
    return { mediaType: supported(mediaType), digest, size };
  }

  /** The headers of HEAD; some registries know GET only, and a refusal has its reasons in a body, which HEAD has not. */
  async #head(object: string): Promise<HttpResponse> {
    const read = async (response: HttpResponse): Promise<HttpResponse> => {
      await discardBody(response);
      return response;
    };
    try {
      return await this.#send("HEAD", object, read);
    } catch (err) {
      if (
        err instanceof RegistryStatusError &&
        (err.status === 403 || (err.status === 405 && this.#isManifest))
      )
        return this.#send("GET", object, read);
      throw err;
    }
  }

  get #isManifest(): boolean {
    return this.#options.kind === "manifests";
  }

  #send<T>(method: "GET" | "HEAD", object: string, read: (response: HttpResponse) => Promise<T>): Promise<T> {
    const { host } = this.#endpoint;
    const url = urlOf(this.#endpoint, this.#options.kind, object);
    const request = this.#client.request(method, url, host, { accept: ACCEPT });
    return this.#client.send(request, host, { ...this.#options, scopes: this.#target.scopes }, read);
  }

  /** The descriptor of what GET brings, for registries whose headers do not say. */
  #hashed(object: string): Promise<Descriptor> {
    return this.#send("GET", object, async (response) => {
      const bytes = await this.#read(response);
      const promised = this.#options.digest ?? digestHeader(response);
      const digest = digestOf(bytes, promised && algorithmOf(promised));
      if (promised !== undefined && promised !== digest)
        throw new DataLossError(`manifest of ${this.#target.name} has digest ${digest}, not ${promised}`);
      const mediaType = mediaTypeOf(response) || mediaTypeInside(bytes);
      return { mediaType: supported(mediaType), digest, size: bytes.length };
    });
  }

  async #read(response: HttpResponse): Promise<Uint8Array> {
    const length = contentLength(response) ?? 0;
    if (length > MAX_MANIFEST_BYTES) await discardBody(response);
    this.#checkSize(length);
    const bytes = await readBody(response, MAX_MANIFEST_BYTES + 1);
    this.#checkSize(bytes.length);
    return bytes;
  }

  #checkSize(size: number): void {
    if (this.#isManifest && size > MAX_MANIFEST_BYTES)
      throw new OversizeError(`rejecting ${size} byte manifest for ${this.#target.name}`);
  }
}

function digestHeader({ headers }: HttpResponse): Digest | undefined {
  const value = one(headers["docker-content-digest"]);
  if (value === undefined || value === "") return undefined;
  if (!isDigest(value))
    throw new InvalidArgumentError(`${JSON.stringify(value)} in header not a valid digest`);
  return value;
}

/** The length of the object; unknown as well when the body of this answer is not the object itself. */
function contentLength({ headers }: HttpResponse): number | undefined {
  const value = one(headers["content-length"]);
  const isPlain = ["", "identity"].includes(one(headers["content-encoding"]) ?? "");
  return value !== undefined && /^\d+$/.test(value) && isPlain ? Number(value) : undefined;
}

const mediaTypeOf = ({ headers }: HttpResponse): string => {
  const type = one(headers["content-type"])?.split(";", 1)[0]?.trim() ?? "";
  // What GitLab and old registries call a manifest of schema 1.
  return type === "text/plain" ? MEDIA_TYPE_DOCKER_SCHEMA1 : type;
};

function mediaTypeInside(bytes: Uint8Array): string {
  try {
    const document: unknown = JSON.parse(Buffer.from(bytes).toString());
    const type = (document as { mediaType?: unknown } | null)?.mediaType;
    return typeof type === "string" ? type : "application/octet-stream";
  } catch {
    return "application/octet-stream";
  }
}

function supported(mediaType: string): string {
  if (mediaType !== MEDIA_TYPE_DOCKER_SCHEMA1) return mediaType;
  throw new NotImplementedError(
    `media type ${JSON.stringify(mediaType)} is no longer supported since containerd v2.0, please rebuild the image as ` +
      `"application/vnd.docker.distribution.manifest.v2+json" or "application/vnd.oci.image.manifest.v1+json"`,
  );
}

import { isNotImplemented, wireMessage } from "@davit/errdefs";
import { discardBody } from "../http/body.ts";
import { ACCEPT_ENCODING, decoded, isIdentity } from "../http/content-encoding.ts";
import { exchange } from "../http/exchange.ts";
import { one, type HttpRequest, type HttpResponse } from "../http/message.ts";
import { codeOf, HttpFailure, transportFailure } from "../http/failure.ts";
import type { Transport } from "../http/transport.ts";
import { BlobFile, DiskError } from "./blob-file.ts";
import type { BlobFailure, BlobTarget, Outcome } from "./protocol.ts";

/** An answer that is of no use, as an exception. */
class BlobError extends Error {
  readonly kind: BlobFailure["kind"];

  constructor(kind: BlobFailure["kind"], text: string) {
    super(text);
    this.kind = kind;
  }
}

/** One blob on its way into a file, over as many requests as it takes. Requests are made one after another. */
export class BlobJob {
  readonly #target: BlobTarget;
  readonly #file: BlobFile;
  #resumed: Promise<void> | undefined;
  /** A server that cannot begin in the middle is read from the start. */
  #ranges = true;

  constructor(target: BlobTarget) {
    this.#target = target;
    this.#file = new BlobFile(target);
  }

  /** Fetches what is missing. Every failure is an outcome. */
  async fetch(request: HttpRequest, transport: Transport, signal: AbortSignal): Promise<Outcome> {
    try {
      await (this.#resumed ??= this.#file.resume());
      while (!this.#file.isComplete && !(await this.#request(request, transport, signal)));
      return { ok: true, digest: this.#verified(), size: this.#file.position };
    } catch (err) {
      const failure = signal.aborted
        ? ({ kind: "canceled", text: "canceled" } as const)
        : failureOf(err, request);
      return { ok: false, failure, written: this.#file.position };
    }
  }

  #verified(): BlobTarget["digest"] {
    const digest = this.#file.digest();
    if (digest === this.#target.digest) return digest;
    this.#file.reset();
    throw new BlobError("content", `unexpected commit digest ${digest}, expected ${this.#target.digest}`);
  }

  /** One request. @returns false when it must be made again without a range. */
  async #request(request: HttpRequest, transport: Transport, signal: AbortSignal): Promise<boolean> {
    const from = this.#ranges ? this.#file.position : 0;
    let response: HttpResponse;
    try {
      response = await exchange(
        { ...request, headers: { ...request.headers, ...rangeHeaders(from) } },
        transport,
        signal,
      );
    } catch (err) {
      const isRange =
        err instanceof HttpFailure && err.failure.kind === "status" && err.failure.status === 416;
      if (!isRange || from === 0) throw err;
      this.#ranges = false;
      return false;
    }
    if (response.status === 206 && !this.#continues(response, from)) {
      await discardBody(response);
      this.#ranges = false;
      if (from === 0) throw new BlobError("answer", "partial content that was not asked for");
      return false;
    }
    this.#checkSize(response);
    await this.#take(response, response.status === 206 ? 0 : this.#file.position);
    return true;
  }

  /** Whether a 206 begins where it was asked to. A part of something encoded cannot be decoded. */
  #continues({ headers }: HttpResponse, from: number): boolean {
    const start = /^bytes (\d+)-/.exec(one(headers["content-range"]) ?? "")?.[1];
    return from > 0 && Number(start) === from && isIdentity(one(headers["content-encoding"]));
  }

  /** What is announced in another size is not the blob, and not worth waiting for. */
  #checkSize({ status, headers, body }: HttpResponse): void {
    if (!isIdentity(one(headers["content-encoding"]))) return;
    const text =
      status === 206
        ? /\/(\d+)$/.exec(one(headers["content-range"]) ?? "")?.[1]
        : one(headers["content-length"]);
    if (text === undefined || Number(text) === this.#target.size) return;
    body.on("error", () => {}).destroy();
    throw new BlobError("answer", `unexpected content size ${text}, expected ${this.#target.size}`);
  }

  /** Writes a body, leaving out its first `skip` bytes, which are there already. */
  async #take({ headers, body, url }: HttpResponse, skip: number): Promise<void> {
    const { size } = this.#target;
    for await (const chunk of decoded(body, one(headers["content-encoding"])) as AsyncIterable<Uint8Array>) {
      const fresh = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - fresh.length;
      if (this.#file.position + fresh.length > size) {
        this.#file.reset();
        throw new BlobError("content", `unexpected commit size: more than the expected ${size} bytes`);
      }
      if (fresh.length > 0) this.#file.append(fresh);
    }
    if (this.#file.isComplete) return;
    const reason = `short read: expected ${size} bytes but got ${this.#file.position}: unexpected EOF`;
    throw new HttpFailure({ kind: "transport", method: "GET", url, reason, retryable: true });
  }
}

/** Where to begin; from there the bytes must come as they are stored. */
const rangeHeaders = (from: number): Record<string, string> =>
  from === 0
    ? { "accept-encoding": ACCEPT_ENCODING }
    : { "accept-encoding": "identity", range: `bytes=${from}-` };

function failureOf(err: unknown, { method, url }: HttpRequest): BlobFailure | HttpFailure["failure"] {
  if (err instanceof HttpFailure) return err.failure;
  if (err instanceof BlobError) return { kind: err.kind, text: err.message };
  // An encoding that nobody here knows.
  if (isNotImplemented(err)) return { kind: "answer", text: wireMessage(err) };
  if (err instanceof DiskError) return { kind: "disk", text: err.message, errno: codeOf(err) };
  return transportFailure(err, method, url);
}

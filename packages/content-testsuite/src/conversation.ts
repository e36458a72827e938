import assert from "node:assert/strict";
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  WriteAction,
  type WriteContentRequestSchema,
  type WriteContentResponse,
} from "@davit/api/services/content";
import { kindOf, type DavitError, type ErrorKind } from "@davit/errdefs";
import type { ResponseStream } from "@davit/grpc/client";
import type { Blob, ServiceTrial } from "./trial.ts";

type Request = MessageInitShape<typeof WriteContentRequestSchema>;

/** A Write stream, spoken message by message. */
export class Conversation implements AsyncDisposable {
  readonly #responses: ResponseStream<WriteContentResponse>;
  readonly #queue: (Request | undefined)[] = [];
  #wake: () => void = () => {};

  constructor({ client, call }: ServiceTrial) {
    this.#responses = client.write(this.#requests(), call);
  }

  /** Sends a message and returns the answer. */
  async say(request: Request): Promise<WriteContentResponse> {
    this.#push(request);
    const { value } = await this.#responses.next();
    assert.ok(value, "the server ended the stream without an answer");
    return value;
  }

  /** Sends no more, and waits for the end of the stream. */
  async end(): Promise<void> {
    this.#push(undefined);
    for await (const _response of this.#responses);
  }

  /** Breaks the stream off. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#push(undefined);
    await this.#responses.return();
  }

  #push(request: Request | undefined): void {
    this.#queue.push(request);
    this.#wake();
  }

  async *#requests(): AsyncGenerator<Request> {
    for (;;) {
      while (this.#queue.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      const request = this.#queue.shift();
      if (request === undefined) return;
      yield request;
    }
  }
}

/** Writes a blob by one COMMIT. */
export async function write(trial: ServiceTrial, blob: Blob, ref: string = blob.digest): Promise<void> {
  await using conversation = new Conversation(trial);
  const { COMMIT } = WriteAction;
  await conversation.say({
    action: COMMIT,
    ref,
    total: blob.sizeBytes,
    expected: blob.digest,
    data: blob.data,
  });
  await conversation.end();
}

/** Checks that a call fails with that kind and text (without the kind's own, which some answers end with and some do not). */
export async function refused(call: Promise<unknown>, kind: ErrorKind, what: string | RegExp): Promise<void> {
  await assert.rejects(call, (err: DavitError) => {
    assert.equal(kindOf(err), kind, String(err));
    if (typeof what === "string") assert.equal(err.what, what);
    else assert.match(err.what, what);
    return true;
  });
}

/** Runs a stream of responses to its end. */
export const collect = <T>(responses: AsyncIterable<T>): Promise<T[]> => Array.fromAsync(responses);

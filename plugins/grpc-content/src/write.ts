import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  WriteAction,
  type WriteContentRequest,
  type WriteContentResponseSchema,
} from "@davit/api/services/content";
import type { ContentStore, Status, Writer } from "@davit/content";
import { isDigest, type Digest } from "@davit/digest";
import {
  AlreadyExistsError,
  InvalidArgumentError,
  isInvalidArgument,
  isNotFound,
  OutOfRangeError,
  UnknownError,
} from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import { toTimestamp } from "@davit/time";

type Response = MessageInitShape<typeof WriteContentResponseSchema>;

/**
 * Content.Write: one response to each request, until a COMMIT. A stream that ends before leaves the ingest, to be resumed.
 * @throws UnknownError `EOF` when the client sends nothing.
 */
export async function* writeContent(
  store: ContentStore,
  requests: AsyncIterable<WriteContentRequest>,
  options: CallOptions,
): AsyncGenerator<Response> {
  let session: WriteSession | undefined;
  try {
    for await (const request of requests) {
      if (session === undefined) session = await WriteSession.open(store, request, options);
      else await session.expect(request.expected);
      yield await session.handle(request);
      if (request.action === WriteAction.COMMIT) return;
    }
    if (session === undefined) throw new UnknownError("EOF");
  } finally {
    await session?.[Symbol.asyncDispose]();
  }
}

/** What a Write stream has said so far. */
class WriteSession implements AsyncDisposable {
  readonly #store: ContentStore;
  readonly #options: CallOptions;
  readonly #ref: string;
  readonly #writer: Writer;
  /** The last that the client has named; 0 and "" as long as it has not. */
  #total = 0n;
  #expected = "";
  /** What the last STAT answered: later responses repeat it. */
  #stat: Pick<Response, "startedAt" | "updatedAt" | "total"> = {};

  private constructor(store: ContentStore, options: CallOptions, ref: string, writer: Writer) {
    this.#store = store;
    this.#options = options;
    this.#ref = ref;
    this.#writer = writer;
  }

  /** @throws InvalidArgumentError when the first message has no ref; what `store.writer` throws. */
  static async open(
    store: ContentStore,
    { ref, total, expected }: WriteContentRequest,
    options: CallOptions,
  ): Promise<WriteSession> {
    if (ref === "") throw new InvalidArgumentError("first message must have a reference", { bare: true });
    const writer = await store.writer(ref, {
      ...options,
      total,
      // What is no digest is let pass here, as in containerd: the commit finds that nothing has it.
      expected: isDigest(expected) ? expected : undefined,
    });
    const session = new WriteSession(store, options, ref, writer);
    session.#expected = expected;
    return session;
  }

  /** Takes up a digest named by a later message. @throws AlreadyExistsError, the ingest gone, when there is such a blob. */
  async expect(expected: string): Promise<void> {
    if (expected === "") return;
    this.#expected = expected;
    if (!(await this.#exists(expected))) return;
    await this.#writer[Symbol.asyncDispose]();
    await this.#store.abort(this.#ref, this.#options);
    throw new AlreadyExistsError(`blob with expected digest ${expected} exists`, { bare: true });
  }

  async handle(request: WriteContentRequest): Promise<Response> {
    if (request.total > 0n) this.#total = request.total;
    const status = this.#writer.status();
    switch (request.action) {
      case WriteAction.STAT:
        return this.#answerStat(status);
      case WriteAction.WRITE:
        await this.#append(request, status);
        return this.#answer(WriteAction.WRITE, this.#writer.digest());
      case WriteAction.COMMIT:
        await this.#append(request, status);
        return this.#commit(request);
      default:
        return { ...this.#stat, action: request.action, offset: status.offset };
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#writer[Symbol.asyncDispose]() as Promise<void>;
  }

  #answerStat(status: Status): Response {
    this.#stat = {
      startedAt: toTimestamp(status.startedAt),
      updatedAt: toTimestamp(status.updatedAt),
      total: this.#total || status.total,
    };
    return this.#answer(WriteAction.STAT, this.#writer.digest());
  }

  /** Writes at the current offset, or, when the client names none, at the start: what was written before is dropped. */
  async #append({ offset, data }: WriteContentRequest, status: Status): Promise<void> {
    if (offset > 0n && offset !== status.offset)
      throw new OutOfRangeError(`write @${offset} must occur at current offset ${status.offset}`, {
        bare: true,
      });
    if (offset <= 0n && status.offset > 0n) await this.#writer.truncate(0n);
    if (data.length > 0) await this.#writer.write(data);
  }

  async #commit({ labels }: WriteContentRequest): Promise<Response> {
    const digest = await this.#writer.commit({
      ...this.#options,
      sizeBytes: this.#total,
      expected: this.#expected === "" ? undefined : (this.#expected as Digest),
      labels,
    });
    const response = this.#answer(WriteAction.COMMIT, digest);
    return this.#total > 0n ? { ...response, total: this.#total } : response;
  }

  #answer(action: WriteAction, digest: Digest): Response {
    return { ...this.#stat, action, offset: this.#writer.status().offset, digest };
  }

  async #exists(digest: string): Promise<boolean> {
    try {
      await this.#store.info(digest as Digest, this.#options);
      return true;
    } catch (err) {
      if (isNotFound(err) || isInvalidArgument(err)) return false;
      throw err;
    }
  }
}

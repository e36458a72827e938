import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  WriteAction,
  type WriteContentRequest,
  type WriteContentResponse,
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
type Said = Partial<Pick<WriteContentResponse, "startedAt" | "updatedAt" | "total" | "digest">>;

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
  /** The first total, or the last above 0; the last digest that was named. */
  #total = 0n;
  #expected = "";
  /** The answers so far, one over the other: what a STAT said stays in all that follow. */
  #said: Said = {};

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
    session.#total = total;
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
    const { action } = request;
    const status = this.#writer.status();
    if (action === WriteAction.STAT) this.#said = { ...this.#said, ...this.#stat(status) };
    else if (action === WriteAction.WRITE || action === WriteAction.COMMIT)
      this.#said = { ...this.#said, digest: await this.#write(request, status) };
    return { ...this.#said, action, offset: this.#writer.status().offset };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#writer[Symbol.asyncDispose]() as Promise<void>;
  }

  /** What only a STAT says. The total is what the client named, whatever an earlier stream of the ingest was told. */
  #stat(status: Status): Said {
    return {
      startedAt: toTimestamp(status.startedAt),
      updatedAt: toTimestamp(status.updatedAt),
      total: this.#total,
      digest: this.#writer.digest(),
    };
  }

  async #write(request: WriteContentRequest, status: Status): Promise<Digest> {
    await this.#append(request, status);
    return request.action === WriteAction.COMMIT ? await this.#commit(request) : this.#writer.digest();
  }

  /**
   * Writes at the current offset, or, when the client names none, at the start: what was written before is dropped. A negative
   * offset appends, wherever that is.
   */
  async #append({ offset, data }: WriteContentRequest, status: Status): Promise<void> {
    if (offset > 0n && offset !== status.offset)
      throw new OutOfRangeError(`write @${offset} must occur at current offset ${status.offset}`, {
        bare: true,
      });
    if (offset === 0n && status.offset > 0n) await this.#writer.truncate(0n);
    if (data.length > 0) await this.#writer.write(data);
  }

  async #commit({ labels }: WriteContentRequest): Promise<Digest> {
    return await this.#writer.commit({
      ...this.#options,
      // A negative total is none.
      sizeBytes: this.#total > 0n ? this.#total : undefined,
      expected: this.#expected === "" ? undefined : (this.#expected as Digest),
      labels,
    });
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

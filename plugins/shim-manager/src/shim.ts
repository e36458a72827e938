import type { DescService } from "@bufbuild/protobuf";
import { Task as TaskV2 } from "@davit/api/runtime/task-v2";
import { Task as TaskV3 } from "@davit/api/runtime/task-v3";
import { isNotImplemented } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import type { Bundle, Endpoint, Exit, RemoveShim, Shim, ShimClient } from "@davit/runtime";
import type { Transport } from "./transport.ts";

/** What a shim needs of the manager that lists it. */
export interface ShimOwner {
  /** Takes it off the list. */
  forget(shim: Shim): void;
  /** What follows when the connection was lost: the `delete` command, events, the bundle. Never rejects. */
  cleanUp(shim: Shim): Promise<void>;
  /** Waits until the shim has told of the end of its container, which some do only after they answered Delete. Never rejects. */
  awaitEnd(shim: Shim, exit: Exit): Promise<void>;
  /** Tells what the shim, which is gone, has not told. Never rejects. */
  tellEnd(shim: Shim, exit: Exit): Promise<void>;
  /** Asks the shim to end; never rejects. */
  shutdown(shim: Shim, transportClosed: Promise<void>): Promise<void>;
  removeBundle(bundle: Bundle): Promise<void>;
  /** Told that the bundle will be there until the promise has settled. */
  removing(shim: Shim, done: Promise<void>): void;
  /** Told that the shim turned out to speak version 2. */
  downgraded(shim: Shim): void;
}

/** What a connection is made of. */
export interface ShimParts {
  readonly bundle: Bundle;
  readonly endpoint: Endpoint;
  readonly transport: Transport;
  readonly binary: string;
  readonly sandboxId: string;
  /** Closed with the connection. */
  readonly log: Disposable;
}

/** `closing`: its end is in order; `detached`: the daemon stops and the shim goes on; both mean that nothing is cleaned up. */
type Phase = "open" | "closing" | "detached";

/** A shim that was connected to. */
export class ShimInstance implements Shim {
  readonly id: string;
  readonly namespace: string;
  readonly bundle: Bundle;
  readonly binary: string;
  readonly sandboxId: string;
  readonly task: ShimClient<typeof TaskV3>;
  readonly closed: Promise<void>;
  readonly #owner: ShimOwner;
  readonly #transport: Transport;
  #endpoint: Endpoint;
  #api: ShimClient<typeof TaskV3>;
  /** Whether a call has shown that the version is the right one. */
  #confirmed = false;
  #phase: Phase = "open";

  constructor({ bundle, endpoint, transport, binary, sandboxId, log }: ShimParts, owner: ShimOwner) {
    this.id = bundle.id;
    this.namespace = bundle.namespace;
    this.bundle = bundle;
    this.binary = binary;
    this.sandboxId = sandboxId;
    this.#endpoint = endpoint;
    this.#owner = owner;
    this.#transport = transport;
    this.#api = this.#taskApi();
    this.task = this.#downgradingApi();
    this.closed = transport.closed.then(async () => {
      log[Symbol.dispose]();
      if (this.#phase === "open") await owner.cleanUp(this);
    });
  }

  get endpoint(): Endpoint {
    return this.#endpoint;
  }

  client<S extends DescService>(service: S): ShimClient<S> {
    return this.#transport.client(service);
  }

  forget(): void {
    this.#owner.forget(this);
  }

  remove(options: RemoveShim): Promise<void> {
    const done = this.#remove(options);
    this.#owner.removing(this, done);
    return done;
  }

  /** Closes the connection and leaves the shim to its work. */
  async detach(): Promise<void> {
    if (this.#phase === "open") this.#phase = "detached";
    this.#transport.close();
    await this.closed;
  }

  async #remove({ deleted, exit }: RemoveShim): Promise<void> {
    if (deleted) {
      this.forget(); // it tells its exit itself
      this.#phase = "closing";
    }
    if (exit) await this.#owner.awaitEnd(this, exit);
    if (this.sandboxId === "") await this.#owner.shutdown(this, this.#transport.closed);
    this.#transport.close();
    await this.closed;
    await this.#owner.removeBundle(this.bundle);
    this.forget();
    if (exit) await this.#owner.tellEnd(this, exit);
  }

  #taskApi(): ShimClient<typeof TaskV3> {
    const { version } = this.#endpoint;
    if (version === 2) return this.client(TaskV2) as unknown as ShimClient<typeof TaskV3>; // the same on the wire
    return this.client(TaskV3);
  }

  #downgradingApi(): ShimClient<typeof TaskV3> {
    const methods = TaskV3.methods.map(({ localName }) => [
      localName,
      (request: object, options: CallOptions) => this.#call(localName, request, options),
    ]);
    return Object.fromEntries(methods) as ShimClient<typeof TaskV3>;
  }

  async #call(method: string, request: object, options: CallOptions): Promise<unknown> {
    const call = (): Promise<unknown> =>
      (this.#api as unknown as Record<string, (request: object, options: CallOptions) => Promise<unknown>>)[
        method
      ]!(request, options);
    try {
      const answer = await call();
      this.#confirmed = true;
      return answer;
    } catch (error) {
      const { protocol, version } = this.#endpoint;
      const older = isNotImplemented(error) && version === 3 && protocol === "ttrpc";
      if (this.#confirmed || !older) throw error;
      this.#downgrade();
      return call();
    }
  }

  /** The shim said it speaks version 3, and does not: some of 1.7's generation. */
  #downgrade(): void {
    this.#confirmed = true;
    this.#endpoint = { ...this.#endpoint, version: 2 };
    this.#api = this.#taskApi();
    this.#owner.downgraded(this);
  }
}

import { Events } from "@davit/api/services/events";
import { EnvelopeSchema, type Envelope } from "@davit/api/types";
import { createClient, openChannel, type Channel, type Client } from "@davit/grpc/client";
import { plainMessage, type Plain } from "./plain.ts";

/** What is known of a daemon that is compared. */
export interface Daemon {
  readonly address: string;
  /** Its private directory. */
  readonly directory: string;
  /** A namespace that nobody else on this machine uses: for what runs. */
  readonly namespace: string;
  /** What it has printed. */
  log?(): string;
}

/** Events of this topic say that those before have all come. They are nobody's. */
const MARK_TOPIC = "/test-api/mark";
const MARK = { namespace: "test-api-mark" };
const RETRY_MS = 50;
const PATIENCE_MS = 10_000;

/** A daemon, and everything it publishes. */
export class Side implements AsyncDisposable {
  readonly daemon: Daemon;
  readonly channel: Channel;
  readonly #events: Client<typeof Events>;
  readonly #received: Envelope[] = [];
  readonly #stop = new AbortController();
  #marks = 0;
  #wake = Promise.withResolvers<void>();
  #listening: Promise<void> | undefined;

  constructor(daemon: Daemon) {
    this.daemon = daemon;
    this.channel = openChannel(daemon.address);
    this.#events = createClient(Events, this.channel);
  }

  /** Connects, and listens. */
  static async open(daemon: Daemon): Promise<Side> {
    const side = new Side(daemon);
    await side.channel.ready(PATIENCE_MS);
    side.#listening = side.#listen();
    // Whoever waits for an event hears of it.
    side.#listening.catch(() => undefined);
    // A subscription has begun when an event arrives; those before are lost.
    while (side.#marks === 0) {
      await side.#publishMark();
      await Promise.race([side.#wake.promise, new Promise((resolve) => setTimeout(resolve, RETRY_MS))]);
    }
    await side.takeEvents();
    return side;
  }

  /** The events since the last time, without the marks and those of some topics. */
  async takeEvents(withoutTopics: readonly string[] = []): Promise<Plain[]> {
    const before = this.#marks;
    await this.#publishMark();
    await this.#until(() => this.#marks > before, "a mark");
    return this.#received
      .splice(0)
      .filter(({ topic }) => !withoutTopics.includes(topic))
      .map((event) => plainMessage(EnvelopeSchema, event));
  }

  /** Waits until an event of that topic has come that was not taken. @throws Error after ten seconds. */
  async event(topic: string, count = 1): Promise<void> {
    await this.#until(
      () => this.#received.filter((event) => event.topic === topic).length >= count,
      `an event of ${topic}`,
    );
  }

  async #publishMark(): Promise<void> {
    await this.#events.publish({ topic: MARK_TOPIC }, MARK);
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    const late = AbortSignal.timeout(PATIENCE_MS);
    const lateness = new Promise<void>((resolve) => late.addEventListener("abort", () => resolve()));
    while (!condition()) {
      if (late.aborted) throw new Error(`${what} has not come`);
      await Promise.race([this.#wake.promise, lateness]);
    }
  }

  async #listen(): Promise<void> {
    try {
      for await (const event of this.#events.subscribe({}, { signal: this.#stop.signal })) {
        if (event.topic === MARK_TOPIC) this.#marks++;
        else this.#received.push(event);
        this.#wake.resolve();
        this.#wake = Promise.withResolvers();
      }
    } catch (err) {
      if (!this.#stop.signal.aborted) throw err;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#listening;
    this.channel.close();
  }
}

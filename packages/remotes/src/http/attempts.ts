import type { Authorizer } from "../auth/authorizer.ts";
import { systemClock, type Clock } from "../clock.ts";
import { errorOf } from "./errors.ts";
import type { Failure, StatusFailure } from "./failure.ts";
import { retryAfterMs } from "./retry-after.ts";

/** Tries of one request, as containerd's. */
const MAX_ATTEMPTS = 5;
const TRANSPORT_PAUSE_MS = 50;
/** First pause after a 429, 408 or 5xx without Retry-After; it doubles. */
const BACK_OFF_MS = 250;
const MAX_BACK_OFF_MS = 5000;
/** What a Retry-After may ask for. Beyond it the request fails at once: nobody waits hours for a pull. */
export const MAX_RETRY_AFTER_MS = 30_000;

/** What decides whether a request is tried again. */
export interface AttemptOptions {
  /** Undefined: a place that gets no credentials. */
  readonly authorizer?: Authorizer | undefined;
  readonly scopes: readonly string[];
  /** Whether no other host is left that might do better. */
  readonly isLast: boolean;
  readonly clock?: Clock | undefined;
  readonly maxRetryAfterMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The tries of one request, wherever it is sent from: after each failure it waits until the next one, or throws what the
 * failure means (containerd core/remotes/docker, retryRequest).
 */
export class Attempts {
  readonly #options: AttemptOptions;
  readonly #clock: Clock;
  readonly #host: string;
  /** Hosts that may ask for credentials: that of the request, and those of its redirects that did. */
  readonly #asking = new Set<string>();
  #count = 0;
  #refused = 0;
  #lastStatus = 0;

  constructor(host: string, options: AttemptOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#host = host;
    this.#asking.add(host);
  }

  /** Values of Authorization by host, for the next try. @throws the authoriser's errors. */
  async authorization(): Promise<Record<string, string>> {
    const { authorizer, scopes, signal } = this.#options;
    const headers: Record<string, string> = {};
    for (const host of this.#asking) {
      // A registry's credentials are for the registry: where it redirects to gets what anybody gets.
      const anonymous = host !== this.#host;
      const header = await authorizer?.authorization(host, scopes, { anonymous, signal });
      if (header !== undefined) headers[host] = header;
    }
    return headers;
  }

  /** Forgets failures: some bytes came. */
  progressed(): void {
    this.#count = 0;
    this.#lastStatus = 0;
  }

  /** Waits until the request may be sent again. @throws what the failure means when that is the end of it. */
  async after(failure: Failure, broke = false): Promise<void> {
    this.#count++;
    const pauseMs = this.#count < MAX_ATTEMPTS ? await this.#pause(failure, broke) : undefined;
    if (pauseMs === undefined) throw errorOf(failure);
    if (failure.kind === "status") this.#lastStatus = failure.status;
    if (pauseMs > 0) await this.#clock.sleep(pauseMs, this.#options.signal);
  }

  /** Milliseconds until the next try; undefined for none. */
  async #pause(failure: Failure, broke: boolean): Promise<number | undefined> {
    const { isLast } = this.#options;
    // A body that broke off is continued where it was: another host would have to begin with that as well.
    if (failure.kind === "transport")
      return failure.retryable && (isLast || broke) ? TRANSPORT_PAUSE_MS : undefined;
    switch (failure.status) {
      case 401:
        return (await this.#answer(failure)) ? 0 : undefined;
      case 408:
      case 429:
        return this.#backOff(failure);
      case 500:
      case 503:
      case 504:
        return isLast && this.#lastStatus !== failure.status ? this.#backOff(failure) : undefined;
      default:
        return undefined;
    }
  }

  async #answer({ url, challenges, authorization }: StatusFailure): Promise<boolean> {
    const { authorizer } = this.#options;
    const { host } = new URL(url);
    this.#asking.add(host);
    const repeated = this.#lastStatus === 401;
    const anonymous = host !== this.#host;
    const answered = await authorizer?.challenged(host, challenges, {
      sent: authorization,
      repeated,
      anonymous,
    });
    // Once the credential may have been old; twice it is wrong.
    if (authorization !== undefined && ++this.#refused > 1) return false;
    return answered ?? false;
  }

  #backOff({ retryAfter }: StatusFailure): number | undefined {
    const { maxRetryAfterMs = MAX_RETRY_AFTER_MS } = this.#options;
    const asked = retryAfterMs(retryAfter, this.#clock.now());
    if (asked !== undefined) return asked <= maxRetryAfterMs ? asked : undefined;
    const full = Math.min(BACK_OFF_MS * 2 ** (this.#count - 1), MAX_BACK_OFF_MS);
    return full * (0.5 + this.#clock.random() / 2);
  }
}

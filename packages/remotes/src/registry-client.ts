import { Authorizer } from "./auth/authorizer.ts";
import type { CredentialsProvider } from "./auth/credentials.ts";
import { systemClock, type Clock } from "./clock.ts";
import type { Endpoint, Target } from "./endpoint.ts";
import { registryHosts, type RegistryHosts } from "./hosts/registry-hosts.ts";
import type { Capability, RegistryHost } from "./hosts/registry-host.ts";
import { Attempts } from "./http/attempts.ts";
import { exchange } from "./http/exchange.ts";
import { type Headers, type HttpRequest, type HttpResponse } from "./http/message.ts";
import { HttpFailure } from "./http/failure.ts";
import { transportSettings, type TransportSettings } from "./http/settings.ts";
import { Transports, type Transport } from "./http/transport.ts";

/** How registries are talked to. */
export interface RegistryOptions {
  /** Finds endpoints; default `registryHosts()`: the registry itself, without any configuration. */
  readonly hosts?: RegistryHosts | undefined;
  readonly credentials?: CredentialsProvider | undefined;
  /** Sent to every endpoint, with those of its own configuration. */
  readonly headers?: Headers | undefined;
  /** Default `davit`. */
  readonly userAgent?: string | undefined;
  /** Called with refresh tokens that token servers give; asks for them. */
  readonly onRefreshToken?: ((host: string, service: string, refreshToken: string) => void) | undefined;
  /** What a Retry-After may ask for, in milliseconds; a request that should wait longer fails. Default 30 s. */
  readonly maxRetryAfterMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** One request of this thread. */
export interface SendOptions {
  readonly scopes: readonly string[];
  readonly isLast: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The connections and credentials of one user of registries. Everything that is asked of a registry, from whatever
 * thread, is authorised and retried here.
 */
export class RegistryClient implements AsyncDisposable {
  readonly #options: RegistryOptions;
  readonly #hosts: RegistryHosts;
  readonly #transports = new Transports();
  readonly #elsewhere = transportSettings();
  readonly #authorizers = new Map<Transport, Authorizer>();

  constructor(options: RegistryOptions = {}) {
    this.#options = options;
    this.#hosts = options.hosts ?? registryHosts();
  }

  /** The endpoints for a reference that have all of `capabilities`, in order. */
  async endpoints({ reference }: Target, ...capabilities: readonly Capability[]): Promise<Endpoint[]> {
    const { hostname: registry, repository } = reference;
    const hosts = await this.#hosts(registry);
    return hosts
      .filter((host) => capabilities.every((each) => host.capabilities.has(each)))
      .map((host) => ({ host, registry, repository }));
  }

  /** A request to an endpoint, with the headers that are configured for it. */
  request(
    method: HttpRequest["method"],
    url: string,
    host: RegistryHost | undefined,
    headers: Headers,
  ): HttpRequest {
    const { userAgent = "davit", headers: configured } = this.#options;
    return {
      method,
      url,
      headers: { "user-agent": userAgent, ...headers },
      ...(host !== undefined && { hostHeaders: lowerCase({ ...configured, ...host.headers }) }),
    };
  }

  /** The tries of a request. Without a host it gets no credentials. */
  attempts(url: string, host: RegistryHost | undefined, options: SendOptions): Attempts {
    return new Attempts(new URL(url).host, {
      authorizer: host && this.#authorizer(host),
      clock: this.#options.clock,
      maxRetryAfterMs: this.#options.maxRetryAfterMs,
      ...options,
    });
  }

  /**
   * Sends a request from this thread until it succeeds and `read` has read the answer, whose result it gives back.
   * @throws RegistryStatusError, AuthorizationError, UnavailableError; what `read` throws; the signal's reason.
   */
  async send<T>(
    request: HttpRequest,
    host: RegistryHost | undefined,
    options: SendOptions,
    read: (response: HttpResponse) => Promise<T>,
  ): Promise<T> {
    const transport = this.#transports.get(this.settingsOf(host));
    const attempts = this.attempts(request.url, host, options);
    for (;;) {
      const authorization = await attempts.authorization();
      let answered = false;
      try {
        const response = await exchange({ ...request, authorization }, transport, options.signal);
        answered = true;
        return await read(response);
      } catch (err) {
        options.signal?.throwIfAborted();
        if (!(err instanceof HttpFailure)) throw err;
        await attempts.after(err.failure, answered);
      }
    }
  }

  /** How a host is connected to; a place that is no host of ours gets nothing that was configured for one. */
  settingsOf(host: RegistryHost | undefined): TransportSettings {
    return host?.transport ?? this.#elsewhere;
  }

  #authorizer(host: RegistryHost): Authorizer {
    const transport = this.#transports.get(host.transport);
    let authorizer = this.#authorizers.get(transport);
    if (authorizer === undefined) {
      const { userAgent = "davit", credentials, onRefreshToken, clock = systemClock } = this.#options;
      authorizer = new Authorizer(transport, { credentials, onRefreshToken, clock, userAgent });
      this.#authorizers.set(transport, authorizer);
    }
    return authorizer;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#transports[Symbol.asyncDispose]();
  }
}

/** Configured names come in any case; one header must not be there twice. */
const lowerCase = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

import { InvalidArgumentError } from "@davit/errdefs";
import { systemClock, type Clock } from "../clock.ts";
import { AuthorizationError } from "../http/errors.ts";
import type { Transport } from "../http/transport.ts";
import { parseChallenges, type Challenge } from "./challenge.ts";
import { basic, type Credentials, type CredentialsProvider } from "./credentials.ts";
import { uniqueScopes } from "./scope.ts";
import { fetchToken, type Token, type TokenSource } from "./token.ts";

/** A token is not used in its last seconds: it would expire on the way. */
const MARGIN_MS = 5000;

export interface AuthorizerOptions {
  /** Absent: everything is asked for anonymously. */
  readonly credentials?: CredentialsProvider | undefined;
  readonly userAgent: string;
  readonly clock?: Clock | undefined;
  /** Called with refresh tokens that token servers give; asks for them. */
  readonly onRefreshToken?: ((host: string, service: string, refreshToken: string) => void) | undefined;
}

/** What is known of a request that was refused. */
export interface Refusal {
  /** The value of Authorization that was sent. */
  readonly sent?: string | undefined;
  /** Whether the same request was refused just before. */
  readonly repeated: boolean;
  /** The host is where a redirect led: nobody's credentials are for it. */
  readonly anonymous: boolean;
}

/** How a host wants to be answered. */
type Handler = { readonly kind: "fixed"; readonly header: string } | Bearer;

interface Bearer {
  readonly kind: "bearer";
  readonly source: TokenSource;
  readonly scopes: readonly string[];
  secret: Exclude<Credentials, { readonly header: string }> | undefined;
  /** By scopes. */
  readonly tokens: Map<string, Promise<Token>>;
}

/**
 * Answers the challenges of registries: it remembers what each host asked for, and keeps its tokens per set of scopes
 * until they expire (containerd core/remotes/docker/authorizer.go). Requests that run at the same time share a token.
 */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #handlers = new Map<string, Handler>();

  constructor(transport: Transport, options: AuthorizerOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** The value of Authorization for a request, fetching a token where needed; undefined until the host asked for one. */
  async authorization(
    host: string,
    scopes: readonly string[],
    {
      anonymous = false,
      signal,
    }: { readonly anonymous?: boolean; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<string | undefined> {
    const handler = this.#handlers.get(keyOf(host, anonymous));
    if (handler?.kind !== "bearer") return handler?.header;
    const wanted = uniqueScopes([...scopes, ...handler.scopes]);
    const key = wanted.join(" ");
    let token = await abortable(this.#token(host, handler, key, wanted), signal);
    if (token.expiresAt - MARGIN_MS <= this.#clock.now()) {
      handler.tokens.delete(key);
      token = await abortable(this.#token(host, handler, key, wanted), signal);
    }
    return `Bearer ${token.token}`;
  }

  /** The token that is there or being fetched, else a new one. It is shared: no caller's signal ends it. */
  #token(host: string, handler: Bearer, key: string, scopes: readonly string[]): Promise<Token> {
    const known = handler.tokens.get(key);
    if (known !== undefined) return known;
    const fetching = this.#fetch(host, handler, scopes);
    handler.tokens.set(key, fetching);
    fetching.catch(() => handler.tokens.delete(key));
    return fetching;
  }

  /**
   * Takes in the challenges of a 401.
   * @returns whether the request is worth sending again.
   * @throws AuthorizationError when the answer is that there are no credentials, or that these do not do.
   */
  async challenged(host: string, challenges: readonly string[], refusal: Refusal): Promise<boolean> {
    const key = keyOf(host, refusal.anonymous);
    for (const challenge of parseChallenges(challenges)) {
      if (challenge.scheme === "bearer") return this.#bearer(key, host, challenge, challenges, refusal);
      if (challenge.scheme === "basic") return this.#basic(key, host, challenges, refusal);
    }
    return false;
  }

  async #bearer(
    key: string,
    host: string,
    { parameters }: Challenge,
    challenges: readonly string[],
    refusal: Refusal,
  ): Promise<boolean> {
    const { error = "", realm, service = "", scope = "" } = parameters;
    if (error !== "") {
      this.#handlers.delete(key);
      if (refusal.repeated) throw new AuthorizationError(`server message: ${error}`);
    }
    const known = this.#handlers.get(key);
    if (known?.kind === "bearer") {
      await forget(known, refusal.sent);
      return true;
    }
    if (realm === undefined) throw new InvalidArgumentError("no realm specified for token auth challenge");
    if (!/^https?:$/.test(URL.parse(realm)?.protocol ?? ""))
      throw new InvalidArgumentError("invalid token auth challenge realm");
    const credentials = await this.#credentials(host, challenges, refusal);
    this.#handlers.set(
      key,
      credentials !== undefined && "header" in credentials
        ? { kind: "fixed", header: credentials.header }
        : {
            kind: "bearer",
            source: { realm, service },
            scopes: scope.split(" ").filter(Boolean),
            secret: credentials,
            tokens: new Map(),
          },
    );
    return true;
  }

  async #basic(key: string, host: string, challenges: readonly string[], refusal: Refusal): Promise<boolean> {
    const credentials = await this.#credentials(host, challenges, refusal);
    const header = fixedHeader(credentials);
    if (header === undefined) throw new AuthorizationError("no basic auth credentials");
    this.#handlers.set(key, { kind: "fixed", header });
    return header !== refusal.sent;
  }

  async #credentials(
    host: string,
    challenges: readonly string[],
    { anonymous }: Refusal,
  ): Promise<Credentials | undefined> {
    const given = anonymous ? undefined : await this.#options.credentials?.(host, challenges);
    if (given === undefined || !("secret" in given)) return given;
    if (given.secret === "") return undefined;
    // As in Docker's configuration: a secret without a name is an identity token.
    return given.username === "" ? { refreshToken: given.secret } : given;
  }

  async #fetch(host: string, handler: Bearer, scopes: readonly string[]): Promise<Token> {
    const { onRefreshToken, userAgent } = this.#options;
    const token = await fetchToken(handler.source, scopes, handler.secret, {
      transport: this.#transport,
      userAgent,
      now: () => this.#clock.now(),
      offline: onRefreshToken !== undefined,
    });
    if (token.refreshToken !== undefined && onRefreshToken !== undefined) {
      handler.secret = { refreshToken: token.refreshToken };
      onRefreshToken(host, handler.source.service, token.refreshToken);
    }
    return token;
  }
}

/** A host that is asked for itself and one that a redirect led to have nothing in common. */
const keyOf = (host: string, anonymous: boolean): string => (anonymous ? `redirect ${host}` : host);

function fixedHeader(credentials: Credentials | undefined): string | undefined {
  if (credentials === undefined || "refreshToken" in credentials) return undefined;
  if ("header" in credentials) return credentials.header;
  return basic(credentials.username, credentials.secret);
}

/** Drops the token that a registry refused. */
async function forget({ tokens }: Bearer, sent: string | undefined): Promise<void> {
  for (const [key, pending] of tokens) {
    const token = await pending.catch(() => undefined);
    if (token !== undefined && `Bearer ${token.token}` === sent && tokens.get(key) === pending)
      tokens.delete(key);
  }
}

/** Waits for something that others wait for as well. */
async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

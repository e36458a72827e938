import { UnauthenticatedError } from "@davit/errdefs";
import { exchange } from "../http/exchange.ts";
import { type HttpRequest } from "../http/message.ts";
import { AuthorizationError, errorOf } from "../http/errors.ts";
import { HttpFailure } from "../http/failure.ts";
import type { Transport } from "../http/transport.ts";
import { basic, type Credentials } from "./credentials.ts";

/** Known to token servers; some check it. */
const CLIENT_ID = "containerd-client";
/** A token server that does not say how long its token is good for means this (distribution docs/spec/auth/token.md). */
const DEFAULT_LIFETIME_S = 60;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Where tokens come from, as a challenge says. */
export interface TokenSource {
  readonly realm: string;
  readonly service: string;
}

/** A token and until when it is good. */
export interface Token {
  readonly token: string;
  readonly refreshToken?: string | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** What asking for a token takes. */
export interface TokenOptions {
  readonly transport: Transport;
  readonly userAgent: string;
  readonly now: () => number;
  /** Ask for a refresh token as well. */
  readonly offline: boolean;
}

type Secret = Exclude<Credentials, { readonly header: string }>;

/**
 * Fetches a token: with a secret by POST (OAuth 2), and by GET where a registry has no such endpoint; without one by GET
 * (distribution docs/spec/auth/oauth.md, token.md).
 * @throws AuthorizationError and RegistryStatusError.
 */
export async function fetchToken(
  source: TokenSource,
  scopes: readonly string[],
  secret: Secret | undefined,
  options: TokenOptions,
): Promise<Token> {
  if (secret === undefined)
    return getToken(source, scopes, undefined, options).catch(failed("failed to fetch anonymous token"));
  try {
    return await postToken(source, scopes, secret, options);
  } catch (err) {
    if (!(err instanceof HttpFailure) || !hasNoPost(err, secret))
      return failed("failed to fetch oauth token")(err);
    return getToken(source, scopes, secret, options).catch(failed("failed to fetch oauth token"));
  }
}

/** Registries without OAuth 2 answer so: 405, 404, and 401 or 400 those that read the form as something else. */
function hasNoPost({ failure }: HttpFailure, secret: Secret): boolean {
  if (failure.kind !== "status") return false;
  if (failure.status === 405) return "username" in secret;
  return [404, 401, 400].includes(failure.status);
}

function failed(what: string): (err: unknown) => never {
  return (err) => {
    if (!(err instanceof HttpFailure)) throw err;
    // Without a kind of its own: that of the token server's status shows through.
    throw new Error(`failed to authorize: ${what}`, { cause: errorOf(err.failure) });
  };
}

function postToken(
  source: TokenSource,
  scopes: readonly string[],
  secret: Secret,
  options: TokenOptions,
): Promise<Token> {
  const form = new URLSearchParams({
    client_id: CLIENT_ID,
    service: source.service,
    scope: scopes.join(" "),
  });
  if (scopes.length === 0) form.delete("scope");
  if ("username" in secret) {
    form.set("grant_type", "password");
    form.set("username", secret.username);
    form.set("password", secret.secret);
  } else {
    form.set("grant_type", "refresh_token");
    form.set("refresh_token", secret.refreshToken);
  }
  if (options.offline) form.set("access_type", "offline");
  form.sort();
  return ask(
    {
      method: "POST",
      url: source.realm,
      headers: {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "user-agent": options.userAgent,
      },
      body: form.toString(),
    },
    options,
  );
}

function getToken(
  source: TokenSource,
  scopes: readonly string[],
  secret: Secret | undefined,
  options: TokenOptions,
): Promise<Token> {
  const url = new URL(source.realm);
  if (source.service !== "") url.searchParams.append("service", source.service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  if (options.offline) url.searchParams.append("offline_token", "true");
  const authorization =
    secret && ("username" in secret ? basic(secret.username, secret.secret) : basic("", secret.refreshToken));
  return ask(
    {
      method: "GET",
      url: url.href,
      headers: { "user-agent": options.userAgent },
      ...(authorization !== undefined && { authorization: { [url.host]: authorization } }),
    },
    options,
  );
}

async function ask(request: HttpRequest, { transport, now }: TokenOptions): Promise<Token> {
  const { body } = await exchange(request, transport);
  const answer = parseAnswer(await text(body));
  const token = answer["access_token"] || answer["token"];
  if (typeof token !== "string" || token === "")
    throw new AuthorizationError("authorization server did not include a token in the response");
  // A header value has no control characters: what would be sent on as one must be checked.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new AuthorizationError("authorization server sent a malformed token");
  const { refresh_token: refreshToken } = answer;
  return {
    token,
    ...(typeof refreshToken === "string" && refreshToken !== "" && { refreshToken }),
    expiresAt: expiry(answer, now()),
  };
}

/** `issued_at` is the server's clock, which may be wrong: a lifetime counts from here, unless less is left. */
function expiry(
  { expires_in: expiresIn, issued_at: issuedAt }: Record<string, unknown>,
  now: number,
): number {
  const lifetimeMs = (typeof expiresIn === "number" && expiresIn > 0 ? expiresIn : DEFAULT_LIFETIME_S) * 1000;
  const issued = typeof issuedAt === "string" ? Date.parse(issuedAt) : Number.NaN;
  return Math.min(now, Number.isNaN(issued) ? now : issued) + lifetimeMs;
}

function parseAnswer(json: string): Record<string, unknown> {
  try {
    const document: unknown = JSON.parse(json);
    if (typeof document === "object" && document !== null) return document as Record<string, unknown>;
  } catch (cause) {
    throw new UnauthenticatedError("unable to decode token response", { cause });
  }
  throw new UnauthenticatedError("unable to decode token response");
}

async function text(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new UnauthenticatedError("token response is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

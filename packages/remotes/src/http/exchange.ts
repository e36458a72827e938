import type { Dispatcher } from "undici";
import { discardBody } from "./body.ts";
import { codeOf, HttpFailure, transportFailure } from "./failure.ts";
import { list, one, type HttpRequest, type HttpResponse } from "./message.ts";
import type { Transport } from "./transport.ts";

/** As Go's client. */
const MAX_REDIRECTS = 10;
/** So much of an error's body is read. */
const MAX_ERROR_BYTES = 64 * 1024;

/**
 * Sends one request and follows its redirects, with the credentials of each hop's own host. Nothing is retried. A body stays
 * with the host it is for, and only 307 and 308 repeat it there.
 * @throws HttpFailure; the signal's reason when it is aborted.
 */
export async function exchange(
  asked: HttpRequest,
  transport: Transport,
  signal?: AbortSignal,
): Promise<HttpResponse> {
  const first = new URL(asked.url);
  let request = asked;
  const seen = new Set<string>();
  for (let url = first; ;) {
    if (seen.has(url.href)) throw fatal(request, url, `redirect loop at ${url.href}`);
    if (seen.size > MAX_REDIRECTS) throw fatal(request, url, `stopped after ${MAX_REDIRECTS} redirects`);
    seen.add(url.href);
    const headers = headersFor(url, first, request, transport);
    const response = await send(request, url, headers, transport, signal);
    const { statusCode: status, body } = response;
    // The host may have turned out to speak plain HTTP.
    const wire = onWire(url, transport);
    if (status >= 200 && status < 300) return { url: wire.href, status, headers: response.headers, body };
    const location = isRedirect(status) ? one(response.headers["location"]) : undefined;
    if (location === undefined) throw await statusFailure(request, wire, headers, response);
    void discardBody(response); // Not waited for: a redirect's body is nobody's business.
    const to = next(request, url, location);
    request = redirected(request, status, url, to, to.host === first.host && isSafe(to, first, transport));
    url = to;
  }
}

/** What a redirect makes of a request that has a body, as Go's client; but that one repeats a form with a password to any host. */
function redirected(request: HttpRequest, status: number, from: URL, to: URL, isOwn: boolean): HttpRequest {
  if (request.body === undefined) return request;
  if (status === 307 || status === 308) {
    if (isOwn) return request;
    throw fatal(request, from, `redirected to ${to.host}, which the body of the request is not for`);
  }
  const { body: _, ...bodiless } = request;
  const { "content-type": __, ...headers } = request.headers;
  return { ...bodiless, method: "GET", headers };
}

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

function next(request: HttpRequest, from: URL, location: string): URL {
  const to = URL.parse(location, from.href);
  if (to === null || !/^https?:$/.test(to.protocol))
    throw fatal(request, from, `redirected to ${location}, which is no http address`);
  to.hash = "";
  return to;
}

function headersFor(
  url: URL,
  first: URL,
  request: HttpRequest,
  transport: Transport,
): Record<string, string | string[]> {
  const safe = isSafe(url, first, transport);
  const own = url.host === first.host && safe ? request.hostHeaders : undefined;
  const authorization = safe ? request.authorization?.[url.host] : undefined;
  return {
    ...request.headers,
    ...own,
    ...(authorization !== undefined && { authorization }),
  };
}

/** What was said to https is not repeated in the clear, unless the host speaks nothing else. */
const isSafe = (url: URL, first: URL, transport: Transport): boolean =>
  url.protocol === "https:" || first.protocol === "http:" || transport.plainHosts.has(url.host);

async function send(
  request: HttpRequest,
  url: URL,
  headers: Record<string, string | string[]>,
  transport: Transport,
  signal: AbortSignal | undefined,
): Promise<Dispatcher.ResponseData> {
  const { method, body = null } = request;
  const wire = onWire(url, transport);
  try {
    const dispatcher = await transport.dispatcherFor(wire);
    return await dispatcher.request({
      origin: wire.origin,
      path: wire.pathname + wire.search,
      method,
      headers,
      body,
      signal: signal ?? null,
    });
  } catch (err) {
    signal?.throwIfAborted();
    if (!mayBePlain(err, wire, transport))
      throw new HttpFailure(transportFailure(err, method, wire.href), { cause: err });
    transport.plainHosts.add(url.host);
    return send(request, url, headers, transport, signal);
  }
}

/** The URL that is really asked: `http` for a host that turned out to speak nothing else. */
function onWire(url: URL, transport: Transport): URL {
  if (url.protocol !== "https:" || !transport.plainHosts.has(url.host)) return url;
  const wire = new URL(url);
  wire.protocol = "http:";
  return wire;
}

/** Whether a failed `https` looks like a server that speaks plain HTTP (containerd's HTTPFallback). */
function mayBePlain(err: unknown, url: URL, transport: Transport): boolean {
  if (!transport.plainFallback || url.protocol !== "https:") return false;
  const code = codeOf(err);
  return (
    code === "ECONNREFUSED" ||
    code === "ERR_SSL_WRONG_VERSION_NUMBER" ||
    code === "ERR_SSL_PACKET_LENGTH_TOO_LONG"
  );
}

async function statusFailure(
  request: HttpRequest,
  url: URL,
  headers: Record<string, string | string[]>,
  response: Dispatcher.ResponseData,
): Promise<HttpFailure> {
  const { statusCode: status, headers: answered } = response;
  return new HttpFailure({
    kind: "status",
    method: request.method,
    url: url.href,
    status,
    statusText: textOf(status),
    challenges: list(answered["www-authenticate"]),
    retryAfter: one(answered["retry-after"]),
    authorization: one(headers["authorization"]),
    body: await beginning(response.body),
  });
}

/** Not imported: as an ES module, node:http loads the undici that Node itself carries, for 35 ms. */
const textOf = (status: number): string => process.getBuiltinModule("node:http").STATUS_CODES[status] ?? "";

/** The first bytes of a body as text. That it breaks off is no matter: the status says enough. */
async function beginning(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= MAX_ERROR_BYTES) break;
    }
  } catch {
    // As said.
  }
  return Buffer.concat(chunks).subarray(0, MAX_ERROR_BYTES).toString();
}

function fatal(request: HttpRequest, url: URL, reason: string): HttpFailure {
  return new HttpFailure({
    kind: "transport",
    method: request.method,
    url: url.href,
    reason,
    retryable: false,
  });
}

import { DavitError, UnavailableError, UnauthenticatedError, type ErrorKind } from "@davit/errdefs";
import type { Failure, StatusFailure, TransportFailure } from "./failure.ts";

/** A registry answered with a status that is no success. Its kind follows from the status. */
export class RegistryStatusError extends DavitError {
  readonly status: number;
  readonly method: string;
  readonly url: string;

  constructor(failure: StatusFailure) {
    const url = shown(failure.url);
    super(kindOfStatus(failure.status), textOf(failure, url), { bare: failure.status !== 404 });
    this.status = failure.status;
    this.method = failure.method;
    this.url = url;
  }
}

/** The credentials were refused, or there are none. */
export class AuthorizationError extends UnauthenticatedError {
  constructor(what: string, options?: ErrorOptions) {
    super(what === "" ? "authorization failed" : `${what}: authorization failed`, { ...options, bare: true });
  }
}

/** The error for a failure that is final. */
export function errorOf(failure: Failure): DavitError {
  return failure.kind === "status" ? new RegistryStatusError(failure) : transportError(failure);
}

function transportError({ method, url, reason }: TransportFailure): DavitError {
  const verb = method.slice(0, 1) + method.slice(1).toLowerCase();
  return new UnavailableError(`failed to do request: ${verb} ${JSON.stringify(shown(url))}: ${reason}`);
}

/** 5xx is the registry's trouble and passes; other statuses without a kind stay Unknown. */
function kindOfStatus(status: number): ErrorKind {
  if (status >= 500 || status === 408) return "Unavailable";
  const kinds: Readonly<Record<number, ErrorKind>> = {
    401: "Unauthenticated",
    403: "PermissionDenied",
    404: "NotFound",
    429: "ResourceExhausted",
  };
  return kinds[status] ?? "Unknown";
}

function textOf({ method, status, statusText, body, retryAfter }: StatusFailure, url: string): string {
  if (status === 404) return `content at ${url} not found`;
  const details = registryErrors(body);
  const wait = retryAfter === undefined ? "" : ` (retry after ${retryAfter})`;
  const said = `unexpected status from ${method} request to ${url}: ${`${status} ${statusText}`.trim()}${wait}`;
  return details === "" ? said : `${said}: ${details}`;
}

/** The errors in a registry's JSON (OCI distribution-spec v1.1, "Error Codes"): `denied: requested access …`. */
export function registryErrors(body: string): string {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return ""; // An HTML page of some proxy tells nobody anything.
  }
  const errors = isObject(document) ? document["errors"] : undefined;
  if (!Array.isArray(errors))
    return isObject(document) && typeof document["details"] === "string" ? document["details"] : "";
  return errors
    .filter(isObject)
    .map(({ code, message }) =>
      [text(code).toLowerCase().replaceAll("_", " "), text(message)].filter(Boolean).join(": "),
    )
    .join("; ");
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** A URL without what a signed redirect hides in its query. Our own parameters stay. */
export function shown(text: string): string {
  const url = URL.parse(text);
  if (url === null) return text;
  for (const name of url.searchParams.keys())
    if (!["ns", "digest", "service", "scope", "from", "mount"].includes(name)) {
      url.search = "";
      break;
    }
  url.username = "";
  url.password = "";
  return url.href;
}

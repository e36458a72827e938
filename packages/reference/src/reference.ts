import { posix } from "node:path";
import { InvalidArgumentError } from "@davit/errdefs";

/** An image reference, `host/path[:tag][@digest]`, taken apart (containerd pkg/reference). */
export class Reference {
  /** Host and path: `docker.io/library/alpine`. */
  readonly locator: string;
  /** What is meant there: `tag`, `@digest` or `tag@digest`; empty when the reference does not say. */
  readonly object: string;

  constructor(locator: string, object: string) {
    this.locator = locator;
    this.object = object;
  }

  /** The host, with its port. */
  get hostname(): string {
    return this.locator.split("/", 1)[0] ?? "";
  }

  /** The locator without the host: the repository at the registry. */
  get repository(): string {
    return this.locator.slice(this.hostname.length + 1);
  }

  /** The object before its digest, or `""`. */
  get tag(): string {
    return this.object.split("@", 1)[0] ?? "";
  }

  /** What stands behind `@`, or `""`. It is not checked, and may be a part of a digest. */
  get digest(): string {
    const at = this.object.indexOf("@");
    return at === -1 ? "" : this.object.slice(at + 1);
  }

  /** Returns this reference if it names an object. @throws InvalidArgumentError `object required`. */
  requireObject(): this {
    if (this.object === "") throw invalid("object required");
    return this;
  }

  /** The reference as a string that `parseReference` reads back. */
  toString(): string {
    if (this.object === "" || this.object.startsWith("@")) return this.locator + this.object;
    return `${this.locator}:${this.object}`;
  }
}

/**
 * Parses a reference. Nothing is added: `alpine` is a host without a path. What follows `?` or `#` is dropped.
 * @throws InvalidArgumentError `invalid reference`, `hostname required`, or a text about the port, without the kind's
 * text on the wire.
 */
export function parseReference(text: string): Reference {
  if (text.includes("://") || /\p{Cc}/u.test(text)) throw invalid("invalid reference");
  const [, host = "", rest = ""] = /^([^/?#]*)([^?#]*)/.exec(text) ?? [];
  checkHost(host);
  const [, path = "", object = ""] = /^([^:@]*)(.*)$/s.exec(decoded(rest)) ?? [];
  const locator = posix.join(host, path).replace(/\/$/, "");
  // Dots must not lead out of the host, into another one.
  if (locator !== host && !locator.startsWith(`${host}/`)) throw invalid("invalid reference");
  return new Reference(locator, object.replace(/^:/, ""));
}

function checkHost(host: string): void {
  if (host === "") throw invalid("hostname required");
  const [, name = "", port = ""] = /^(\[[^\]]*\]|[^:]*)(.*)$/s.exec(host) ?? [];
  if (!/^(?::\d*)?$/.test(port)) throw invalid(`invalid port ${JSON.stringify(port)} after host`);
  if (name === "") throw invalid("hostname required");
  if (/[\s@%<>"\\^`{|}]/.test(name) || /^\.+$/.test(name)) throw invalid("invalid reference");
}

/** Undoes percent-encoding, which Go's URLs bring into references. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw invalid("invalid reference");
  }
}

/** An error with containerd's text, which has no class there and so no class's text. */
const invalid = (text: string): InvalidArgumentError => new InvalidArgumentError(text, { bare: true });

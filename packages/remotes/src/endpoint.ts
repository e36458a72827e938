import { parseReference, type Reference } from "@davit/reference";
import { pullScope } from "./auth/scope.ts";
import type { RegistryHost } from "./hosts/registry-host.ts";

/** A repository at one of the endpoints that serve it. */
export interface Endpoint {
  readonly host: RegistryHost;
  /** The host in the reference, which a mirror is told. */
  readonly registry: string;
  readonly repository: string;
}

/** The URL of something in the repository: `urlOf(endpoint, "manifests", "latest")`. */
export function urlOf({ host, registry, repository }: Endpoint, ...path: readonly string[]): string {
  const url = new URL(`${host.scheme}://${host.host}`);
  url.pathname = [host.path, ...repository.split("/").map(encodeURIComponent), ...path.map(escaped)].join(
    "/",
  );
  if (isMirror(host.host, registry)) url.searchParams.set("ns", registry);
  return url.href;
}

/** A colon may stand in a path, and in digests registries expect it. */
const escaped = (segment: string): string => encodeURIComponent(segment).replaceAll("%3A", ":");

/** Whether an endpoint is not the registry's own, so that it must be told whose repository is meant. */
const isMirror = (host: string, registry: string): boolean =>
  host !== registry && !(registry === "docker.io" && host === "registry-1.docker.io");

/** A reference to something in a repository, and what it takes to read it. */
export interface Target {
  readonly reference: Reference;
  /** As given. */
  readonly name: string;
  readonly scopes: readonly string[];
}

/**
 * Takes a reference apart.
 * @throws InvalidArgumentError when it is none, or names no repository.
 */
export function targetOf(name: string): Target {
  const reference = parseReference(name);
  return { reference, name, scopes: [pullScope(reference.repository)] };
}

import { readFile } from "node:fs/promises";
import { silent, type RemotesLog } from "../log.ts";
import { isLoopback, proxyFromEnvironment, type ProxySettings } from "../http/proxy.ts";
import { transportSettings, type ClientPair } from "../http/settings.ts";
import { findHostDirectory, readHostDirectory } from "./host-directory.ts";
import {
  CAPABILITIES,
  nameOf,
  portOf,
  type Capability,
  type HostEntry,
  type RegistryHost,
} from "./registry-host.ts";

/** Finds the endpoints for a host of a reference, in the order in which they are asked. */
export type RegistryHosts = (host: string) => Promise<readonly RegistryHost[]>;

/** What is configured for registries. */
export interface RegistryHostsOptions {
  /** Directories with a directory per host (`certs.d`): a list, or one string joined by `:`. The first that fits wins. */
  readonly hostsDirs?: string | readonly string[] | undefined;
  /** For hosts whose configuration names no server: `http` is "plain HTTP". */
  readonly defaultScheme?: "http" | "https" | undefined;
  /** Whether certificates are checked where the host's configuration does not say. */
  readonly skipVerify?: boolean | undefined;
  /** Milliseconds without a byte after which a request has failed; 0 waits for ever. */
  readonly stallTimeoutMs?: number | undefined;
  /** Default: HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment. */
  readonly proxy?: ProxySettings | undefined;
  readonly log?: RemotesLog | undefined;
}

/**
 * The endpoints of registries: from `hosts.toml`, else from certificate files, else the registry itself (containerd
 * core/remotes/docker/config). Files are read anew each time, so that a change needs no restart.
 */
export function registryHosts(options: RegistryHostsOptions = {}): RegistryHosts {
  const roots = splitRoots(options.hostsDirs);
  const proxy = options.proxy ?? proxyFromEnvironment();
  return async (host) => {
    const directory = await findHostDirectory(host, roots);
    const entries =
      directory === undefined ? [{}] : await readHostDirectory(directory, options.log ?? silent);
    return Promise.all(entries.map((entry) => registryHost(entry, host, { ...options, proxy })));
  };
}

function splitRoots(roots: string | readonly string[] = []): readonly string[] {
  return (typeof roots === "string" ? [roots] : roots)
    .flatMap((root) => root.split(":"))
    .filter((root) => root !== "");
}

async function registryHost(
  entry: HostEntry,
  host: string,
  options: RegistryHostsOptions & { readonly proxy: ProxySettings },
): Promise<RegistryHost> {
  const { skipVerify, ...endpoint }: Endpoint =
    entry.endpoint ?? defaultEndpoint(host, options.defaultScheme);
  const verify = entry.skipVerify ?? skipVerify ?? options.skipVerify;
  const configuresTls = entry.ca !== undefined || entry.client !== undefined || verify !== undefined;
  // Plain HTTP on a port that says nothing, and yet TLS is configured: https is tried first.
  const plainFallback =
    endpoint.scheme === "http" && configuresTls && !["", "80"].includes(portOf(endpoint.host));
  const transport = transportSettings({
    ca: await Promise.all((entry.ca ?? []).map((file) => readFile(file, "utf8"))),
    client: await Promise.all((entry.client ?? []).map(readPair)),
    skipVerify: verify ?? false,
    plainFallback,
    proxy: options.proxy,
    ...(entry.dialTimeoutMs && { dialTimeoutMs: entry.dialTimeoutMs }),
    ...(options.stallTimeoutMs !== undefined && { stallTimeoutMs: options.stallTimeoutMs }),
  });
  return {
    scheme: plainFallback ? "https" : endpoint.scheme,
    host: endpoint.host,
    path: endpoint.path,
    capabilities: new Set<Capability>(entry.capabilities ?? CAPABILITIES),
    headers: entry.headers ?? {},
    transport,
  };
}

async function readPair({ cert, key }: { cert: string; key?: string }): Promise<ClientPair> {
  const pem = await readFile(cert, "utf8");
  return { cert: pem, key: key === undefined ? pem : await readFile(key, "utf8") };
}

type Endpoint = NonNullable<HostEntry["endpoint"]> & { readonly skipVerify?: boolean };

/** Where a registry is when nothing says otherwise. Docker's is elsewhere; one on this machine needs no certificate. */
function defaultEndpoint(host: string, defaultScheme?: "http" | "https"): Endpoint {
  const path = "/v2";
  if (host === "docker.io") return { scheme: "https", host: "registry-1.docker.io", path };
  if (!isLoopback(nameOf(host)) || defaultScheme !== undefined)
    return { scheme: defaultScheme ?? "https", host, path };
  const port = portOf(host);
  const scheme = port === "" || port === "443" ? "https" : "http";
  return port === "80" ? { scheme, host, path } : { scheme, host, path, skipVerify: true };
}

import type { TransportSettings } from "../http/settings.ts";

/** What a host may be asked for. */
export type Capability = "pull" | "resolve" | "push" | "referrers";

/** All of them. */
export const CAPABILITIES: readonly Capability[] = ["pull", "resolve", "push", "referrers"];

/** Header names and their values, each sent as a line of its own. */
export type HeaderLists = Readonly<Record<string, readonly string[]>>;

/** An endpoint that serves a registry's repositories: the registry itself or a mirror of it. */
export interface RegistryHost {
  readonly scheme: "http" | "https";
  /** `name[:port]`. */
  readonly host: string;
  /** What precedes the repository in a path: `/v2`, `/proxy/v2`, or nothing. */
  readonly path: string;
  readonly capabilities: ReadonlySet<Capability>;
  /** Sent to this host only. */
  readonly headers: HeaderLists;
  readonly transport: TransportSettings;
}

/** What configuration says of an endpoint, before defaults. Undefined is "not said". */
export interface HostEntry {
  readonly endpoint?: { readonly scheme: "http" | "https"; readonly host: string; readonly path: string };
  readonly capabilities?: readonly Capability[];
  readonly headers?: HeaderLists;
  /** PEM files. */
  readonly ca?: readonly string[];
  readonly client?: readonly ClientFiles[];
  readonly skipVerify?: boolean;
  readonly dialTimeoutMs?: number;
}

/** A client certificate and its key, as files; without `key` the first holds both. */
export interface ClientFiles {
  readonly cert: string;
  readonly key?: string;
}

/** The port in `name:port`, `[v6]:port`; `""` when there is none. */
export const portOf = (host: string): string => /:(\d+)$/.exec(host)?.[1] ?? "";

/** The name in `name:port`, without the brackets of an IPv6 address. */
export const nameOf = (host: string): string => host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");

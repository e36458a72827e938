import { proxyFromEnvironment, type ProxySettings } from "./proxy.ts";

/** A client certificate and its key, PEM. */
export interface ClientPair {
  readonly cert: string;
  readonly key: string;
}

/** How connections are made. Plain data: it goes to the threads that fetch, and equal settings share connections. */
export interface TransportSettings {
  /** Trusted beside the machine's own certificates, PEM. */
  readonly ca: readonly string[];
  readonly client: readonly ClientPair[];
  readonly skipVerify: boolean;
  /** Milliseconds until a connection must be there. */
  readonly dialTimeoutMs: number;
  /** Milliseconds without a byte after which a request has failed. */
  readonly stallTimeoutMs: number;
  /** Whether `https` is only tried first, for hosts that may speak plain HTTP. */
  readonly plainFallback: boolean;
  readonly proxy: ProxySettings;
}

/** As containerd dials. */
export const DEFAULT_DIAL_TIMEOUT_MS = 30_000;
/** Long enough for a pull-through cache that fetches a blob before it answers. */
export const DEFAULT_STALL_TIMEOUT_MS = 120_000;

/** Settings with defaults for what is not said. */
export const transportSettings = (settings: Partial<TransportSettings> = {}): TransportSettings => ({
  ca: [],
  client: [],
  skipVerify: false,
  dialTimeoutMs: DEFAULT_DIAL_TIMEOUT_MS,
  stallTimeoutMs: DEFAULT_STALL_TIMEOUT_MS,
  plainFallback: false,
  proxy: proxyFromEnvironment(),
  ...settings,
});

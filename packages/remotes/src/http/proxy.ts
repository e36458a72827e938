import { BlockList, isIP } from "node:net";

/** Which proxy is used for what. Empty strings and absence are "none". */
export interface ProxySettings {
  readonly http?: string | undefined;
  readonly https?: string | undefined;
  /** Hosts that are reached without: `name`, `.name`, an address, a CIDR, each with or without a port; or `*`. */
  readonly no?: string | undefined;
}

/** Reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY, upper case before lower case, as Go does. */
export function proxyFromEnvironment(env: NodeJS.ProcessEnv = process.env): ProxySettings {
  const value = (name: string): string | undefined => env[name] || env[name.toLowerCase()] || undefined;
  return { http: value("HTTP_PROXY"), https: value("HTTPS_PROXY"), no: value("NO_PROXY") };
}

/** The proxy for a URL, or undefined. Loopback is always reached without (Go's httpproxy). */
export function proxyFor(url: URL, settings: ProxySettings): string | undefined {
  const proxy = url.protocol === "https:" ? settings.https : settings.http;
  if (proxy === undefined || proxy === "" || !isProxied(url, settings.no ?? "")) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function isProxied(url: URL, no: string): boolean {
  const name = url.hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  if (isLoopback(name)) return false;
  return !no
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== "" && matches(entry, name, port));
}

function matches(entry: string, name: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return isWithin(name, entry);
  if (isIP(entry)) return entry === name;
  const [, host = entry, entryPort] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(entry) ?? [];
  if (entryPort !== undefined && entryPort !== port) return false;
  if (isIP(host)) return host === name;
  const domain = host.replace(/^\*?\./, ".");
  if (domain.startsWith(".")) return name.endsWith(domain);
  return name === domain || name.endsWith(`.${domain}`);
}

function isWithin(name: string, cidr: string): boolean {
  const [network = "", prefix] = cidr.split("/");
  const family = isIP(name);
  if (family === 0 || family !== isIP(network)) return false;
  const list = new BlockList();
  try {
    list.addSubnet(network, Number(prefix), family === 6 ? "ipv6" : "ipv4");
  } catch {
    return false; // Not a prefix length: an entry that matches nothing, as in Go.
  }
  return list.check(name, family === 6 ? "ipv6" : "ipv4");
}

/** `localhost`, 127.0.0.0/8 and ::1. */
export const isLoopback = (name: string): boolean =>
  name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));

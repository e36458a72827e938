import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { isErrno } from "@davit/errdefs";
import type { RemotesLog } from "../log.ts";
import { parseHostsToml } from "./hosts-toml.ts";
import { portOf, type ClientFiles, type HostEntry } from "./registry-host.ts";

/** The directory that configures `host` in the first of `roots` that has one, or undefined. */
export async function findHostDirectory(host: string, roots: readonly string[]): Promise<string | undefined> {
  for (const root of roots)
    for (const name of directoryNames(host)) {
      const directory = join(root, name);
      if (await isDirectory(directory)) return directory;
    }
  return undefined;
}

/** `registry.example_5000_` (where a colon cannot stand in a name), `registry.example:5000`, `_default`. */
function directoryNames(host: string): string[] {
  // The host becomes part of a path: what could leave the root names no directory.
  if (host === "" || host.includes("/") || host === "." || host === "..") return ["_default"];
  const port = portOf(host);
  const escaped = port === "" ? [] : [`${host.slice(0, -port.length - 1)}_${port}_`];
  return [...escaped, host, "_default"];
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (err) {
    if (isErrno(err, "ENOENT", "ENOTDIR", "ENAMETOOLONG")) return false;
    throw err;
  }
}

/**
 * The entries of a host's directory: those of `hosts.toml`, or where that is missing, empty or wrong the certificates of
 * Docker's layout, for the default endpoint.
 */
export async function readHostDirectory(directory: string, log: RemotesLog): Promise<HostEntry[]> {
  const file = join(directory, "hosts.toml");
  const text = await readIfThere(file);
  if (text.trim() !== "") {
    try {
      return parseHostsToml(text, file);
    } catch (err) {
      log.warn({ err }, `failed to decode ${file}`);
    }
  }
  return [await dockerCertificates(directory)];
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (err) {
    if (isErrno(err, "ENOENT")) return "";
    throw err;
  }
}

/** `*.crt` are authorities, `*.cert` with `*.key` of the same name are client certificates (Docker's certs.d). */
async function dockerCertificates(directory: string): Promise<HostEntry> {
  const names = (await readdir(directory)).sort();
  const ca = names.filter((name) => name.endsWith(".crt")).map((name) => join(directory, name));
  const client = names
    .filter((name) => name.endsWith(".cert"))
    .map((name): ClientFiles => {
      const cert = join(directory, name);
      return { cert, key: cert.replace(/\.cert$/, ".key") };
    });
  return { ...(ca.length > 0 && { ca }), ...(client.length > 0 && { client }) };
}

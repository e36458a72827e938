import { randomBytes } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { isErrno } from "@davit/errdefs";
import type { Bundle, Endpoint } from "@davit/runtime";
import { bootstrapJson, parseBootstrapResult } from "./bootstrap-result.ts";
import { inBundle } from "./bundle.ts";

/** Writes where the bundle's shim serves, for the next run of the daemon: all of it or nothing. */
export async function writeEndpoint(bundle: Bundle, endpoint: Endpoint): Promise<void> {
  const path = inBundle(bundle, "bootstrap");
  const temporary = `${path}.${randomBytes(4).toString("hex")}`;
  try {
    await writeFile(temporary, bootstrapJson(endpoint), { mode: 0o644 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Where the bundle's shim serves; undefined when it never did. An `address` file of an old shim is taken over. */
export async function readEndpoint(bundle: Bundle): Promise<Endpoint | undefined> {
  const bootstrap = await readIfThere(inBundle(bundle, "bootstrap"));
  if (bootstrap !== undefined) return parseBootstrapResult(bootstrap);
  const address = await readIfThere(inBundle(bundle, "address"));
  if (address === undefined) return undefined;
  const endpoint: Endpoint = { version: 2, address: address.toString().trim(), protocol: "ttrpc" };
  await writeEndpoint(bundle, endpoint);
  return endpoint;
}

/** The content of a file of the bundle as text, undefined when there is none. */
export async function readText(
  bundle: Bundle,
  file: Parameters<typeof inBundle>[1],
): Promise<string | undefined> {
  return (await readIfThere(inBundle(bundle, file)))?.toString();
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

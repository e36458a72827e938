import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { needs } from "./needs.ts";
import { startPrivateDaemon, type PrivateDaemon } from "./private-daemon.ts";

/** How davitd is started. */
export interface DavitdOptions {
  /** More arguments, such as `--config FILE`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** davitd as it is installed; it needs the app's bundle. */
export const davitdProgram: string = resolve(import.meta.dirname, "../../../apps/davitd/bin/davitd");

const bundle = resolve(davitdProgram, "../../dist/bundle/davitd.js");

/** Why `startDavitd` cannot work here, for node:test's `skip`. */
export const davitdMissing = (): string | false =>
  needs("root", "runc", davitdProgram) || (!existsSync(bundle) && `needs ${bundle}`);

/** Starts davitd with root, state and sockets of its own. It ends with its containers. */
export const startDavitd = ({ args = [], env = {} }: DavitdOptions = {}): Promise<PrivateDaemon> =>
  startPrivateDaemon("davitd", (directory, address) => {
    const places = [
      "--root",
      directory.join("root"),
      "--state",
      directory.join("state"),
      "--address",
      address,
    ];
    return { program: davitdProgram, args: [...places, ...args], env };
  });

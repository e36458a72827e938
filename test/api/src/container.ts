import { Tasks } from "@davit/api/services/tasks";
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { callsOf, type Step } from "./case.ts";
import type { Plain } from "./plain.ts";
import type { Session } from "./session.ts";

const tasks = callsOf(Tasks);
const PROCESS = "types.containerd.io/opencontainers/runtime-spec/1/Process";
const SPEC = "types.containerd.io/opencontainers/runtime-spec/1/Spec";

/** An `Any` that holds JSON. */
export interface JsonAny {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** Makes one. */
export const json = (typeUrl: string, value: unknown): JsonAny => ({
  typeUrl,
  value: Buffer.from(JSON.stringify(value)),
});

/** Creates a task whose output goes to a file. */
export const create = (containerId: string): Step =>
  tasks.create((session) => ({ containerId, rootfs: [root(session)], ...log(session, containerId) }));

/** Where output goes: a file, by the shim's own means. It crashes when only one of both goes there. */
export function log(session: Session, name: string): { stdout: string; stderr: string } {
  const uri = `file://${session.path(`${name}.log`)}`;
  return { stdout: uri, stderr: uri };
}

/** What was written to a log, once that is there. */
export async function output(session: Session, name: string, expected: string): Promise<Plain> {
  const file = session.path(`${name}.log`);
  for (const end = Date.now() + 5_000; Date.now() < end; await setTimeout(20))
    if (existsSync(file) && readFileSync(file, "utf8") === expected) break;
  return readFileSync(file, "utf8");
}

/** Makes a root file system of the machine's busybox. */
export function rootfs(session: Session): string {
  const root = session.path("rootfs");
  if (existsSync(root)) return root;
  for (const name of ["bin", "proc", "dev", "tmp"]) mkdirSync(join(root, name), { recursive: true });
  copyFileSync("/bin/busybox", join(root, "bin/busybox"));
  for (const name of ["sh", "sleep", "echo", "true"]) symlinkSync("busybox", join(root, "bin", name));
  return root;
}

/** The mount of the root file system. */
export const root = (session: Session): { type: string; source: string; options: string[] } => ({
  type: "bind",
  source: rootfs(session),
  options: ["rbind", "rw"],
});

const processOf = (args: readonly string[]) => ({
  args,
  cwd: "/",
  env: ["PATH=/bin"],
  user: { uid: 0, gid: 0 },
});

/** A further process. */
export const process = (args: readonly string[]): JsonAny => json(PROCESS, processOf(args));

/** The least that runc runs. */
export const spec = (session: Session, id: string, args: readonly string[]): JsonAny =>
  json(SPEC, {
    ociVersion: "1.1.0",
    process: processOf(args),
    root: { path: "rootfs" },
    mounts: [{ destination: "/proc", type: "proc", source: "proc" }],
    linux: {
      cgroupsPath: `/${session.namespace}/${id}`,
      namespaces: ["pid", "ipc", "uts", "mount", "network"].map((type) => ({ type })),
    },
  });

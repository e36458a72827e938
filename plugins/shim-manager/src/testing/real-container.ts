import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, globSync, mkdirSync, rmdirSync, rmSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { OptionsSchema } from "@davit/api/runc";
import type { Shim } from "@davit/runtime";
import { kill } from "@davit/sys";
import { jsonType, OCI_SPEC_URL, packAny, type Any } from "@davit/typeurl";
import type { LocalShimManager } from "../manager.ts";
import type { Rig } from "./rig.ts";

const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
const BUSYBOX = "/bin/busybox";

/** The shims these tests are run with: two generations of answers to `start`. */
export const SHIMS: readonly { readonly name: string; readonly binary: string }[] = [
  { name: "containerd 1.6, plain address", binary: "/usr/bin/containerd-shim-runc-v2" },
  {
    name: "containerd 2.4, protobuf",
    binary: join(cache, "davit-test-programs/containerd-v2.4.2/containerd-shim-runc-v2"),
  },
];

/** Why a test with a real shim cannot run here. */
export function reasonToSkip(binary: string): string | false {
  if (process.getuid?.() !== 0) return "needs root";
  if (!existsSync(binary)) return `${binary} is not there`;
  if (spawnSync("runc", ["--version"]).error) return "runc is not installed";
  if (!existsSync(BUSYBOX)) return `${BUSYBOX} is not installed`;
  return false;
}

/** A container of busybox in its shim; whatever becomes of it, nothing is left when the rig is disposed. */
export interface RealContainer {
  readonly id: string;
  readonly shim: Shim;
  readonly options: { readonly namespace: string };
  readonly rootfs: { type: string; source: string; options: string[] }[];
  readonly runcOptions: Any;
}

/** Starts the shim of a new container that runs `args`; it is not created yet. */
export async function startContainer(
  rig: Rig,
  manager: LocalShimManager,
  { id, binary, args }: { readonly id: string; readonly binary: string; readonly args: readonly string[] },
): Promise<RealContainer> {
  const { namespace, path, folders } = rig;
  const cgroup = `/${namespace}-${id}`;
  const source = busyboxRootfs(path);
  const runcRoot = join(path, "runc");
  const runcOptions = packAny(OptionsSchema, create(OptionsSchema, { root: runcRoot }));
  rig.defer(() => cleanUp(rig, id, runcRoot, cgroup));
  const options = { namespace };
  const spec = specOf(args, cgroup);
  const shim = await manager.start({ id, folders, runtime: binary, spec, options: runcOptions }, options);
  const { shimPid } = await shim.task.connect({ id }, options);
  rig.defer(() => killQuietly(shimPid));
  const rootfs = [{ type: "bind", source, options: ["rbind", "ro"] }];
  return { id, shim, options, rootfs, runcOptions };
}

/** Creates the container and starts it. Returns its pid. */
export async function runContainer(
  { id, shim, options, rootfs, runcOptions }: RealContainer,
  stdio: { readonly stdin?: string; readonly stdout?: string; readonly stderr?: string } = {},
): Promise<number> {
  const any = { typeUrl: runcOptions.typeUrl, value: runcOptions.value };
  await shim.task.create({ id, bundle: shim.bundle.path, rootfs, options: any, ...stdio }, options);
  return (await shim.task.start({ id }, options)).pid;
}

const SPEC = jsonType<object>(OCI_SPEC_URL);

function specOf(args: readonly string[], cgroupsPath: string): Any {
  const namespaces = ["pid", "mount", "ipc", "uts"].map((type) => ({ type }));
  return packAny(SPEC, {
    ociVersion: "1.0.2",
    root: { path: "rootfs" },
    process: { cwd: "/", args, env: ["PATH=/bin"], user: { uid: 0, gid: 0 } },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] },
    ],
    linux: { namespaces, cgroupsPath },
  });
}

function busyboxRootfs(path: string): string {
  const root = join(path, "busybox");
  if (existsSync(root)) return root;
  for (const name of ["bin", "dev", "proc"]) mkdirSync(join(root, name), { recursive: true });
  copyFileSync(BUSYBOX, join(root, "bin/busybox"));
  for (const name of ["sh", "sleep", "true", "cat", "echo", "date"])
    symlinkSync("busybox", join(root, "bin", name));
  return root;
}

function cleanUp({ namespace, grpcAddress }: Rig, id: string, runcRoot: string, cgroup: string): void {
  const runc = ["--root", join(runcRoot, namespace), "delete", "--force", id];
  if (existsSync(join(runcRoot, namespace, id))) execFileSync("runc", runc, { stdio: "ignore" });
  for (const dir of globSync(`/sys/fs/cgroup/{,*/}${cgroup.slice(1)}`))
    try {
      rmdirSync(dir);
    } catch {
      // still in use by a process that is ending; it belongs to no one else
    }
  // Shims before 2.3 know no other directory for their sockets.
  const hash = createHash("sha256")
    .update(join(grpcAddress, namespace, id))
    .digest("hex");
  rmSync(join("/run/containerd/s", hash), { force: true });
}

export function killQuietly(pid: number): void {
  try {
    if (pid > 1) kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

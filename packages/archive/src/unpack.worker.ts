// A worker thread that unpacks layers, one after the other.
import { readFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { CanceledError } from "@davit/errdefs";
import { isSystemError, ownUmask } from "@davit/sys";
import { toWireError, type WorkerAnswer, type WorkerRequest } from "./unpack-message.ts";
import { unpack, type UnpackProgress, type UnpackRequest, type UnpackResult } from "./unpack.ts";

const PROGRESS_EVERY_MS = 100;

const port = parentPort;
if (!port) throw new Error("unpack.worker runs as a worker thread");
const answer = (message: WorkerAnswer<UnpackResult, UnpackProgress>): void => port.postMessage(message);

takeOwnUmask();
const skipDevices = inUserNamespace();

port.on("message", ({ request, cancelled }: WorkerRequest<UnpackRequest>) => {
  const flag = new Int32Array(cancelled);
  const check = () => {
    if (Atomics.load(flag, 0) !== 0) throw new CanceledError("unpack");
  };
  unpack(request, { check, onProgress: throttled(), skipDevices }).then(
    (result) => answer({ type: "done", result }),
    (error: unknown) => answer({ type: "failed", error: toWireError(error) }),
  );
});

function throttled(): (progress: UnpackProgress) => void {
  let next = 0;
  return (progress) => {
    const now = performance.now();
    if (now < next) return;
    next = now + PROGRESS_EVERY_MS;
    answer({ type: "progress", progress });
  };
}

/** Parents that an archive leaves out get mode 0755 whatever the daemon's umask. Where a sandbox forbids it, they get what they get. */
function takeOwnUmask(): void {
  try {
    ownUmask(0);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/** In a user namespace ids are mapped: not all 2^32 of them to themselves. */
function inUserNamespace(): boolean {
  try {
    return !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync("/proc/self/uid_map", "utf8"));
  } catch {
    return false; // a kernel without user namespaces
  }
}

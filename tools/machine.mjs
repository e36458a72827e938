// Prints what of this machine a test result depends on; nx keeps a cached result only while it stays the same.
import { existsSync } from "node:fs";
import { release } from "node:os";

const PROGRAMS = [
  "runc",
  "crun",
  "containerd",
  "containerd-shim-runc-v2",
  "docker-registry",
  "busybox",
  "go",
];
const onPath = (program) =>
  (process.env.PATH ?? "").split(":").some((dir) => existsSync(`${dir}/${program}`));

console.log(
  JSON.stringify({
    node: process.version,
    kernel: release(),
    uid: process.getuid?.(),
    programs: PROGRAMS.filter(onPath),
  }),
);

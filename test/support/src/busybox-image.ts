import { readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { makeImage, type ImageOptions, type TestImage } from "./image.ts";
import { programPath } from "./needs.ts";
import type { TarMember } from "./tar.ts";

/** An image of busybox: as {@link ImageOptions}, and layers on top of its two. */
export type BusyboxImageOptions = Omit<ImageOptions, "layers"> & {
  readonly layers?: ImageOptions["layers"];
};

/**
 * Makes an image that runs, from the machine's static busybox. Layer 1 holds it with its commands as links, accounts and some files; layer
 * 2 replaces /etc/motd, removes /old/gone (a whiteout), empties /opaque (an opaque directory) and adds /opaque/new and /hello.
 * It runs `sh` with `GREETING=hello`, and its label `org.example.test` is `busybox`.
 */
export function buildBusyboxImage(options: BusyboxImageOptions = {}): TestImage {
  const program = programPath("busybox");
  if (program === undefined) throw new Error("busybox is not installed (busybox-static on Debian)");
  const config = {
    Env: ["PATH=/bin", "GREETING=hello"],
    Cmd: ["sh"],
    Labels: { "org.example.test": "busybox" },
    ...options.config,
  };
  return makeImage({ ...options, config, layers: [bottom(program), TOP, ...(options.layers ?? [])] });
}

const bottom = (program: string): TarMember[] => [
  { name: "bin/" },
  { name: "bin/busybox", content: readFileSync(program), mode: 0o755 },
  ...commands(program).map((name) => ({ name: `bin/${name}`, linkTo: "busybox" })),
  { name: "dev/" },
  { name: "etc/" },
  { name: "etc/passwd", content: "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\n" },
  { name: "etc/group", content: "root:x:0:\nwheel:x:10:root\nwww-data:x:33:\n" },
  { name: "etc/motd", content: "layer 1\n" },
  { name: "old/" },
  { name: "old/gone", content: "whited out\n" },
  { name: "old/kept", content: "kept\n" },
  { name: "old/link", hardLinkTo: "old/kept" },
  { name: "opaque/" },
  { name: "opaque/below", content: "hidden\n" },
  { name: "proc/" },
  { name: "root/", mode: 0o700 },
  { name: "sys/" },
  { name: "tmp/", mode: 0o1777 },
];

const TOP: readonly TarMember[] = [
  { name: "etc/" },
  { name: "etc/motd", content: "layer 2\n" },
  { name: "hello", content: "hello from layer 2\n", uid: 33, gid: 33, mtime: 86_400 },
  { name: "old/" },
  { name: "old/.wh.gone" },
  { name: "opaque/" },
  { name: "opaque/.wh..wh..opq" },
  { name: "opaque/new", content: "new\n" },
];

/** The commands that a busybox has, but itself. */
const commands = (program: string): string[] =>
  spawnSync(program, ["--list"], { encoding: "utf8" })
    .stdout.split("\n")
    .filter((name) => /^[\w[-]+$/.test(name) && name !== "busybox");

import { Diff } from "@davit/api/services/diff";
import type { Mount } from "@davit/api/types";
import { lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { action, callsOf, type CaseOptions, type Step } from "./case.ts";
import type { Plain } from "./plain.ts";
import type { Blob } from "./samples.ts";
import type { Session } from "./session.ts";

const diff = callsOf(Diff);

/** A blob as the service is told of it. */
export const descriptor = ({ mediaType, digest, size }: Blob): Omit<Blob, "data"> => ({
  mediaType,
  digest,
  size,
});

/** A mount of a directory. */
export const bind = (source: string): { type: string; source: string; options: string[] } => ({
  type: "bind",
  source,
  options: ["rw", "rbind"],
});

/** Unpacks into a directory of that name. */
export function apply(blob: Blob, name: string, options: CaseOptions = {}): Step {
  return diff.apply((session) => ({ diff: descriptor(blob), mounts: [bind(directory(session, name))] }), {
    title: name,
    ...options,
  });
}

/** A directory of the side; made if it is not there. */
export function directory(session: Session, name: string): string {
  const path = session.path("apply", name.replaceAll(/\W/g, "-"));
  mkdirSync(path, { recursive: true });
  return path;
}

/** A directory with a file that the other one has not. */
export function changed(session: Session): ReturnType<typeof bind> {
  const path = directory(session, "right");
  writeFileSync(join(path, "added"), "added");
  return bind(path);
}

/** What was unpacked into a directory of that name. */
export const ls = (name: string): Step =>
  action(`what lies in ${name}`, async (session) => tree(directory(session, name)));

/** The mounts that a snapshot was answered with. */
export const mountsOf = (session: Session, name: string): Mount[] =>
  session.response<{ mounts: Mount[] } & { $typeName: string }>(name).mounts;

/** Every file below a directory, with all that a layer says of it. */
export function tree(root: string): Plain {
  const entries = readdirSync(root, { recursive: true, encoding: "utf8" }).toSorted();
  return Object.fromEntries(entries.map((name): [string, Plain] => [name, fileAt(join(root, name))]));
}

function fileAt(path: string): Plain {
  const { mode, uid, gid, size, nlink, mtimeMs, rdev } = lstatSync(path);
  const isRecent = Math.abs(Date.now() - mtimeMs) < 86_400_000;
  const kind = mode & 0o170000;
  return {
    mode: mode.toString(8),
    owner: `${uid}:${gid}`,
    mtime: isRecent ? "now" : mtimeMs,
    ...(kind === 0o100000 ? { size, nlink, content: readFileSync(path, "utf8") } : {}),
    ...(kind === 0o120000 ? { target: readlinkSync(path) } : {}),
    ...(kind === 0o020000 ? { rdev } : {}),
  };
}

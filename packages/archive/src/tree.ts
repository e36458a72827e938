// What is known of a directory tree, so that no name has to be asked of the kernel twice: the one who unpacks is the only
// one who writes there. Paths are resolved here, link by link, and never lead out of the root.
import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { InvalidArgumentError, isErrno } from "@davit/errdefs";
import { display, type ByteString } from "./tar-entry.ts";

/** A file, device or fifo: nothing more need be known. `fresh`: made by this unpacking. */
export interface OtherNode {
  readonly kind: "other";
  readonly fresh: boolean;
}

/** A symbolic link. */
export interface LinkNode {
  readonly kind: "symlink";
  readonly fresh: boolean;
  readonly target: ByteString;
}

/** What is to be set on a directory when nothing more is made below it. */
export interface Deferred {
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly mode?: number;
}

/** A directory. */
export interface DirectoryNode {
  readonly kind: "directory";
  /** Made by this unpacking, or named by the archive. */
  fresh: boolean;
  /** Absolute path, with every component a directory. */
  readonly path: ByteString;
  /** Undefined for the root, whose parent is itself. */
  readonly parent: DirectoryNode | undefined;
  readonly children: Map<ByteString, Node>;
  /** All its children are known: it was made here, or found empty. */
  readonly complete: boolean;
  deferred?: Deferred;
}

export type Node = OtherNode | LinkNode | DirectoryNode;

/** A path resolved as far as it exists: the last directory there is, and the names that are missing below. */
export interface Resolved {
  readonly directory: DirectoryNode;
  readonly missing: readonly ByteString[];
}

export const FRESH: OtherNode = { kind: "other", fresh: true };
const OLD: OtherNode = { kind: "other", fresh: false };

/** As many links as the kernel follows in one path would be 40; containerd's limit is kept. */
const MAX_LINKS = 255;

/** A path for `fs` and `sys`: text where it can be, else the bytes. */
export const native = (path: ByteString): string | Buffer =>
  // oxlint-disable-next-line no-control-regex -- the range is that of ASCII
  /^[\x00-\x7f]*$/.test(path) ? path : Buffer.from(path, "latin1");

/** Splits a member's name lexically, as Go's filepath.Clean does: `..` takes back a name, and stops at the root. */
export function clean(name: ByteString): ByteString[] {
  const parts: ByteString[] = [];
  for (const part of name.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts;
}

/** A directory tree on disk, seen through what is known of it. */
export class Tree {
  readonly root: DirectoryNode;

  /** @param path an existing directory, absolute; it may itself be reached through links. */
  constructor(path: string) {
    const bytes = Buffer.from(path.replace(/\/+$/, "") || "/").toString("latin1");
    const complete = readdirSync(path, { encoding: "latin1" }).length === 0;
    this.root = {
      kind: "directory",
      fresh: false,
      path: bytes,
      parent: undefined,
      children: new Map(),
      complete,
    };
  }

  /** The path of a name within a directory of the tree. */
  pathOf(directory: DirectoryNode, name: ByteString): ByteString {
    return directory.path === "/" ? `/${name}` : `${directory.path}/${name}`;
  }

  /** What `name` is, not followed; undefined when there is nothing. */
  lookup(directory: DirectoryNode, name: ByteString): Node | undefined {
    const known = directory.children.get(name);
    if (known || directory.complete) return known;
    const found = this.#load(directory, name);
    if (found) directory.children.set(name, found);
    return found;
  }

  /** Records a directory that was just made, or found. */
  addDirectory(parent: DirectoryNode, name: ByteString, made: boolean): DirectoryNode {
    const path = this.pathOf(parent, name);
    const node = {
      kind: "directory",
      fresh: made,
      path,
      parent,
      children: new Map(),
      complete: made,
    } as const;
    parent.children.set(name, node);
    return node;
  }

  /**
   * Resolves a path within the root, symbolic links followed, also in its last component. What is missing is taken
   * lexically, as containerd does (continuity fs.RootPath).
   *
   * @throws InvalidArgumentError when a component is no directory, or links go in a circle.
   */
  resolve(components: readonly ByteString[]): Resolved {
    const pending = components.toReversed();
    const missing: ByteString[] = [];
    let directory = this.root;
    let links = 0;
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (name === "" || name === ".") continue;
      if (name === "..") {
        if (missing.pop() === undefined) directory = directory.parent ?? this.root;
        continue;
      }
      const node = missing.length > 0 ? undefined : this.lookup(directory, name);
      if (!node) missing.push(name);
      else if (node.kind === "directory") directory = node;
      else if (node.kind === "other") throw new InvalidArgumentError(`${display(name)} is not a directory`);
      else {
        if (++links > MAX_LINKS)
          throw new InvalidArgumentError(`too many symbolic links at ${display(name)}`);
        if (node.target.startsWith("/")) directory = this.root;
        pending.push(...node.target.split("/").toReversed());
      }
    }
    return { directory, missing };
  }

  #load(directory: DirectoryNode, name: ByteString): Node | undefined {
    const path = native(this.pathOf(directory, name));
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (!stats) return undefined;
    if (stats.isDirectory()) return this.addDirectory(directory, name, false);
    if (!stats.isSymbolicLink()) return OLD;
    return { kind: "symlink", fresh: false, target: readlinkSync(path, { encoding: "latin1" }) };
  }
}

/** Lists a directory's names as bytes; none when it is absent. */
export function namesIn(path: ByteString): ByteString[] {
  try {
    return readdirSync(native(path), { encoding: "latin1" });
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}

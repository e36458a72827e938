import {
  closeSync,
  constants,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import {
  InvalidArgumentError,
  isInvalidArgument,
  NotFoundError,
  ResourceExhaustedError,
} from "@davit/errdefs";
import { FileType, lsetxattr, makeDevice, mknod } from "@davit/sys";
import {
  copyDirectoryAttributes,
  setFileOwnerAndMode,
  setFileTimes,
  setMode,
  setOwner,
  setTimes,
  setXattrs,
  timesOf,
  type AttributePolicy,
} from "./attributes.ts";
import type { LayerLimits } from "./limits.ts";
import { removeAll } from "./remove.ts";
import { display, type ByteString, type TarEntry } from "./tar-entry.ts";
import type { TarHandler } from "./tar-reader.ts";
import { clean, FRESH, namesIn, native, Tree, type DirectoryNode, type Node } from "./tree.ts";
import { whiteoutOf } from "./whiteout.ts";

/** Where and how a layer is written. */
export interface LayerWriterOptions extends AttributePolicy {
  /** An existing directory, absolute. */
  readonly root: string;
  /** "naive": whiteouts remove. "overlay": they become overlayfs' own marks. */
  readonly mode: "naive" | "overlay";
  /** Marks of overlayfs' `userxattr` instead of `trusted.*`. */
  readonly userXattr: boolean;
  /** In overlay mode: the directories below, the nearest first. */
  readonly parents: readonly string[];
  readonly limits: Pick<LayerLimits, "maxBytes" | "maxEntries">;
  /** Leave out devices, which a user namespace may not make. */
  readonly skipDevices: boolean;
}

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Writes the members of a layer into a directory, as containerd's pkg/archive applies them. The only one to write
 * there, it knows what it has made and asks the kernel only about what was there before.
 */
export class LayerWriter implements TarHandler {
  readonly #options: LayerWriterOptions;
  readonly #tree: Tree;
  readonly #parents: readonly Tree[];
  readonly #unprivileged = process.geteuid?.() !== 0;
  #entries = 0;
  #fileBytes = 0;
  #file: { readonly fd: number; readonly path: ByteString; readonly entry: TarEntry } | undefined;
  #where = "before the first member";

  constructor(options: LayerWriterOptions) {
    this.#options = options;
    this.#tree = new Tree(options.root);
    this.#parents = options.mode === "overlay" ? options.parents.map((parent) => new Tree(parent)) : [];
  }

  /** How many members were read. */
  get entries(): number {
    return this.#entries;
  }

  /** Where in the archive we are, for an error. */
  get where(): string {
    return this.#where;
  }

  entry(entry: TarEntry): void {
    this.#where = `member ${JSON.stringify(display(entry.name))}`;
    this.#checkLimits(entry);
    const parts = clean(entry.name);
    const base = parts.at(-1);
    if (base === undefined) return; // the root itself, whose attributes are its owner's affair
    const whiteout = whiteoutOf(parts);
    if (whiteout.kind === "ignore") return;
    const directory = this.#directoryFor(parts.slice(0, -1));
    if (whiteout.kind === "opaque") this.#makeOpaque(directory);
    else if (whiteout.kind === "remove") this.#whiteOut(directory, whiteout.name, entry);
    else this.#create(directory, base, entry);
  }

  data(bytes: Buffer, position: number): void {
    if (!this.#file) return; // a whiteout with a content
    for (let done = 0; done < bytes.length;)
      done += writeSync(this.#file.fd, bytes, done, bytes.length - done, position + done);
  }

  finish(): void {
    if (this.#file) this.#finishFile();
    this.#where = this.#where.replace(/^member/, "behind member");
  }

  /** Sets what had to wait until nothing more is made: the times of directories. */
  end(): void {
    const settle = (directory: DirectoryNode) => {
      for (const child of directory.children.values()) if (child.kind === "directory") settle(child);
      const { deferred, path } = directory;
      if (deferred?.mode !== undefined) setMode(path, deferred.mode);
      if (deferred) setTimes(path, deferred);
    };
    this.#where = "directories' times";
    settle(this.#tree.root);
  }

  /** Closes the file that an error left open. */
  close(): void {
    if (this.#file) closeSync(this.#file.fd);
    this.#file = undefined;
  }

  #checkLimits(entry: TarEntry): void {
    const { maxBytes, maxEntries } = this.#options.limits;
    if (++this.#entries > maxEntries)
      throw new ResourceExhaustedError(`layer has more than ${maxEntries} members`);
    this.#fileBytes += entry.sizeBytes;
    if (this.#fileBytes > maxBytes) throw new ResourceExhaustedError(`files of more than ${maxBytes} bytes`);
  }

  /** The directory that `parts` lead to, made where it is missing. */
  #directoryFor(parts: readonly ByteString[]): DirectoryNode {
    const { directory, missing } = this.#tree.resolve(parts);
    return missing.reduce((parent, name) => this.#makeParent(parent, name), directory);
  }

  /** Makes a directory the archive does not have itself: like the nearest one below in overlay mode, else plain. */
  #makeParent(parent: DirectoryNode, name: ByteString): DirectoryNode {
    const path = this.#tree.pathOf(parent, name);
    mkdirSync(native(path), 0o755);
    const made = this.#tree.addDirectory(parent, name, true);
    const lower = this.#lowerDirectory(path.slice(this.#tree.root.path.length));
    if (lower) made.deferred = copyDirectoryAttributes(lower.path, path, this.#options);
    return made;
  }

  #lowerDirectory(relative: ByteString): DirectoryNode | undefined {
    for (const tree of this.#parents) {
      try {
        const { directory, missing } = tree.resolve(relative.split("/"));
        if (missing.length === 0) return directory;
      } catch (error) {
        if (isInvalidArgument(error)) return undefined; // something else is there, which hides what is below it
        throw error;
      }
    }
    return undefined;
  }

  #create(directory: DirectoryNode, name: ByteString, entry: TarEntry): void {
    const existing = this.#tree.lookup(directory, name);
    const merges = entry.type === "directory" && existing?.kind === "directory";
    const target = entry.type === "link" ? this.#linkTarget(entry) : undefined;
    if (target && target.node === existing && target.directory === directory && target.name === name)
      throw new InvalidArgumentError("hard link to itself");
    if (existing && !merges) this.#remove(directory, name);
    const path = this.#tree.pathOf(directory, name);
    if (entry.type === "directory") return this.#directory(directory, name, entry, existing);
    if (entry.type === "file") return this.#openFile(directory, name, entry);
    if (target) this.#hardLink(directory, name, path, target);
    else if (entry.type === "symlink") this.#symlink(directory, name, path, entry);
    else if (!this.#special(directory, name, path, entry)) return;
    this.#setAttributes(path, directory.children.get(name), entry);
  }

  #directory(parent: DirectoryNode, name: ByteString, entry: TarEntry, existing: Node | undefined): void {
    const path = this.#tree.pathOf(parent, name);
    let node = existing?.kind === "directory" ? existing : undefined;
    if (node) node.fresh = true;
    else {
      mkdirSync(native(path), 0o700);
      node = this.#tree.addDirectory(parent, name, true);
      // What it replaces hid the directory below; a plain one would let it shine through again.
      if (existing && this.#options.mode === "overlay") this.#markOpaque(node);
    }
    setOwner(path, entry, this.#options);
    setXattrs(path, entry, this.#options);
    // Without privilege, a directory that may not be written to could not be filled.
    const later = this.#unprivileged && (entry.mode & 0o300) !== 0o300;
    setMode(path, later ? entry.mode | 0o300 : entry.mode);
    node.deferred = { ...timesOf(entry, this.#options), ...(later && { mode: entry.mode }) };
  }

  #openFile(directory: DirectoryNode, name: ByteString, entry: TarEntry): void {
    const path = this.#tree.pathOf(directory, name);
    const fd = openSync(native(path), NEW_FILE, 0o600);
    directory.children.set(name, FRESH);
    this.#file = { fd, path, entry };
  }

  #finishFile(): void {
    if (!this.#file) return;
    const { fd, path, entry } = this.#file;
    if (entry.sparse) ftruncateSync(fd, entry.sizeBytes);
    setFileOwnerAndMode(fd, entry, this.#options);
    setXattrs(path, entry, this.#options);
    setFileTimes(fd, entry, this.#options);
    this.close();
  }

  /** Where a hard link leads: links in its path are followed within the root, one in the last place is meant itself. */
  #linkTarget(entry: TarEntry): LinkTarget {
    const parts = entry.linkName.split("/");
    while (parts.length > 0 && (parts.at(-1) === "" || parts.at(-1) === ".")) parts.pop();
    const name = parts.pop() ?? "";
    const shown = JSON.stringify(display(entry.linkName));
    const { directory, missing } = this.#tree.resolve(parts);
    const node =
      name === ".." || name === "" || missing.length > 0 ? undefined : this.#tree.lookup(directory, name);
    if (!node) throw new NotFoundError(`hard link to ${shown}`);
    if (node.kind === "directory") throw new InvalidArgumentError(`hard link to the directory ${shown}`);
    return { directory, name, node };
  }

  #hardLink(directory: DirectoryNode, name: ByteString, path: ByteString, target: LinkTarget): void {
    linkSync(native(this.#tree.pathOf(target.directory, target.name)), native(path));
    directory.children.set(name, target.node.kind === "symlink" ? { ...target.node, fresh: true } : FRESH);
  }

  #symlink(directory: DirectoryNode, name: ByteString, path: ByteString, entry: TarEntry): void {
    if (entry.linkName === "") throw new InvalidArgumentError("symbolic link without a target");
    symlinkSync(native(entry.linkName), native(path));
    directory.children.set(name, { kind: "symlink", fresh: true, target: entry.linkName });
  }

  /** @returns false when it was left out. */
  #special(directory: DirectoryNode, name: ByteString, path: ByteString, entry: TarEntry): boolean {
    const isDevice = entry.type !== "fifo";
    if (isDevice && this.#options.skipDevices) return false;
    const type = entry.type === "char" ? FileType.S_IFCHR : isDevice ? FileType.S_IFBLK : FileType.S_IFIFO;
    mknod(native(path), type | (entry.mode & 0o777), isDevice ? deviceOf(entry) : 0);
    directory.children.set(name, FRESH);
    return true;
  }

  #setAttributes(path: ByteString, node: Node | undefined, entry: TarEntry): void {
    setOwner(path, entry, this.#options);
    setXattrs(path, entry, this.#options);
    if (node?.kind !== "symlink") setMode(path, entry.mode);
    setTimes(path, timesOf(entry, this.#options));
  }

  #remove(directory: DirectoryNode, name: ByteString): void {
    removeAll(this.#tree.pathOf(directory, name));
    directory.children.delete(name);
  }

  #whiteOut(directory: DirectoryNode, name: ByteString, entry: TarEntry): void {
    if (this.#tree.lookup(directory, name)) this.#remove(directory, name);
    if (this.#options.mode === "naive") return;
    const path = this.#tree.pathOf(directory, name);
    mknod(native(path), FileType.S_IFCHR, makeDevice(0, 0));
    directory.children.set(name, FRESH);
    setOwner(path, entry, this.#options);
  }

  #makeOpaque(directory: DirectoryNode): void {
    if (this.#options.mode === "overlay") this.#markOpaque(directory);
    else this.#prune(directory);
  }

  #markOpaque(directory: DirectoryNode): void {
    lsetxattr(
      native(directory.path),
      this.#options.userXattr ? "user.overlay.opaque" : "trusted.overlay.opaque",
      "y",
    );
  }

  /** Removes what was there before this layer. The marker may come after members of the same directory. */
  #prune(directory: DirectoryNode): void {
    if (directory.complete && directory.fresh) return;
    for (const name of namesIn(directory.path)) {
      const child = this.#tree.lookup(directory, name);
      if (child?.kind === "directory" && hasFresh(child)) this.#prune(child);
      else if (!child?.fresh) this.#remove(directory, name);
    }
  }
}

interface LinkTarget {
  readonly directory: DirectoryNode;
  readonly name: ByteString;
  readonly node: Exclude<Node, DirectoryNode>;
}

function hasFresh(directory: DirectoryNode): boolean {
  if (directory.fresh) return true;
  for (const child of directory.children.values())
    if (child.kind === "directory" ? hasFresh(child) : child.fresh) return true;
  return false;
}

function deviceOf({ deviceMajor, deviceMinor }: TarEntry): number {
  try {
    return makeDevice(deviceMajor, deviceMinor);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message, { cause: error });
  }
}

import { InvalidArgumentError, isNotFound, NotFoundError, quote } from "@davit/errdefs";
import { MAX_ID, parseGroup, parsePasswd, type GroupEntry, type PasswdEntry } from "./accounts.ts";
import { readFileInRoot } from "./file-in-root.ts";
import type { User } from "./process.ts";

/** Larger account files are refused, not read. */
const MAX_ACCOUNTS_BYTES = 16 << 20;

/**
 * The ids behind an image's or a person's `user[:group]`, names or numbers, by the root file system's own accounts; "" is
 * root. The additional groups begin with the primary one; the others are those that list the user
 * (containerd pkg/oci/spec_opts.go, WithUser and WithAdditionalGIDs).
 *
 * @param rootfs absolute path of the root file system. No link leads out of it.
 * @throws InvalidArgumentError when an id is out of range; NotFoundError `no users found`, `no groups found`.
 */
export async function resolveUser(rootfs: string, user: string): Promise<User> {
  const accounts = new Accounts(rootfs);
  const { uid, gid } = await primaryIds(accounts, user);
  // A number that nobody has is in no group; "root" needs no line of its own.
  const name = user === "" ? "root" : (await accounts.users()).find((entry) => entry.uid === uid)?.name;
  const groups = name === undefined ? [] : await accounts.groups();
  const others = groups.filter((group) => group.name !== name && group.members.includes(name ?? ""));
  return { uid, gid, additionalGids: [...new Set([gid, ...others.map((group) => group.gid)])] };
}

async function primaryIds(accounts: Accounts, text: string): Promise<{ uid: number; gid: number }> {
  const [user = "", group, ...more] = text.split(":");
  if (more.length > 0) throw new InvalidArgumentError(`invalid USER value ${text}`);
  const uid = numberOf(user, text, "uid");
  if (group !== undefined)
    return {
      uid: uid ?? (await accounts.user(user)).uid,
      gid: numberOf(group, text, "gid") ?? (await accounts.group(group)).gid,
    };
  if (text === "") return { uid: 0, gid: 0 };
  if (uid === undefined) return await accounts.user(user);
  return { uid, gid: (await accounts.users()).find((entry) => entry.uid === uid)?.gid ?? 0 };
}

/** A number, or undefined for a name. What is left out is 0. */
function numberOf(part: string, whole: string, what: "uid" | "gid"): number | undefined {
  if (part === "") return 0;
  if (!/^[+-]?\d+$/.test(part)) return undefined;
  const id = Number(part);
  if (id < 0 || id > MAX_ID)
    throw new InvalidArgumentError(`invalid USER value ${quote(whole)}: ${what} out of range`);
  return id;
}

/** The accounts of a root file system, read when they are asked for. One that has no such files has no accounts. */
class Accounts {
  readonly #rootfs: string;

  constructor(rootfs: string) {
    this.#rootfs = rootfs;
  }

  async users(): Promise<PasswdEntry[]> {
    return parsePasswd(await this.#read("/etc/passwd"));
  }

  async groups(): Promise<GroupEntry[]> {
    return parseGroup(await this.#read("/etc/group"));
  }

  async user(name: string): Promise<PasswdEntry> {
    const found = (await this.users()).find((entry) => entry.name === name);
    if (found === undefined) throw new NotFoundError(`user ${quote(name)} in /etc/passwd: no users found`);
    return found;
  }

  async group(name: string): Promise<GroupEntry> {
    const found = (await this.groups()).find((entry) => entry.name === name);
    if (found === undefined) throw new NotFoundError(`group ${quote(name)} in /etc/group: no groups found`);
    return found;
  }

  async #read(path: string): Promise<string> {
    try {
      return await readFileInRoot(this.#rootfs, path, MAX_ACCOUNTS_BYTES);
    } catch (err) {
      if (isNotFound(err)) return "";
      throw err;
    }
  }
}

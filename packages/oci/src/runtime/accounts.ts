/** A line of /etc/passwd, as far as containers care. */
export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** A line of /etc/group. */
export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  /** Names of users. */
  readonly members: readonly string[];
}

/** The largest user or group id (containerd's, the largest int32). */
export const MAX_ID = 2_147_483_647;

/** The entries of /etc/passwd (passwd(5)). A line that is none is left out: a wrong id must not become root's. */
export const parsePasswd = (text: string): PasswdEntry[] =>
  lines(text).flatMap(([name = "", , uid = "", gid = ""]) =>
    name !== "" && isId(uid) && isId(gid) ? [{ name, uid: Number(uid), gid: Number(gid) }] : [],
  );

/** The entries of /etc/group (group(5)). */
export const parseGroup = (text: string): GroupEntry[] =>
  lines(text).flatMap(([name = "", , gid = "", members = ""]) =>
    name !== "" && isId(gid)
      ? [{ name, gid: Number(gid), members: members.split(",").filter((member) => member !== "") }]
      : [],
  );

const lines = (text: string): string[][] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(":"));

const isId = (text: string): boolean => /^\d+$/.test(text) && Number(text) <= MAX_ID;

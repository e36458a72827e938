import type { SpecOption } from "./default-spec.ts";
import type { Process, User } from "./process.ts";

/** Changes the process of a spec; one that has none gets root's, in `/`. */
export const withProcess =
  (change: (process: Process) => Process): SpecOption =>
  (spec) => ({ ...spec, process: change(spec.process ?? { user: { uid: 0, gid: 0 }, cwd: "/" }) });

/** The program and its arguments. */
export const withArgs = (args: readonly string[]): SpecOption =>
  withProcess((process) => ({ ...process, args: [...args] }));

/** The working directory, absolute. */
export const withCwd = (cwd: string): SpecOption => withProcess((process) => ({ ...process, cwd }));

/** The user, as `resolveUser` gives it. */
export const withUser = (user: User): SpecOption => withProcess((process) => ({ ...process, user }));

/** Lets the process gain privileges by executing a file (set-uid programs), or not. */
export const withNewPrivileges = (allowed: boolean): SpecOption =>
  withProcess((process) => ({ ...process, noNewPrivileges: !allowed }));

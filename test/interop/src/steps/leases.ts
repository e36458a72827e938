import type { Scenarios } from "./context.ts";

/** Leases. */
export const leases: Scenarios = {
  "leases are created, listed and removed": async ({ ctr, out }) => {
    const id = (await out("leases", "create")).trim();
    await ctr("leases", "create");
    await ctr("leases", "create", "--id", "mine", "a=b");
    await ctr("leases", "create", "--id", "mine");
    await ctr("leases", "create", "--id", "short", "--expires", "1h");
    await ctr("leases", "create", "--id", "forever", "--expires", "0");
    await ctr("leases", "ls", "id~=^[a-z]");
    await ctr("leases", "ls", 'labels."a"==b');
    await ctr("leases", "ls", "-q", "id~=^[a-z]");
    await ctr("leases", "rm", "mine", "absent");
    await ctr("leases", "rm", "--sync", "short");
    await out("leases", "rm", id);
    await ctr("leases", "ls", "id~=^[a-z]");
    await ctr("leases", "rm", "forever");
  },
};

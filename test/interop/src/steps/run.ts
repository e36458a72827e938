import { shell } from "../shell.ts";
import type { Context, Scenarios } from "./context.ts";
import type { Driver } from "../driver.ts";

/** `ctr run` in the foreground. */
export const run: Scenarios = {
  "a process has its exit code, its output and its environment": async (driver, context) => {
    const once = inContainer(driver, context);
    await once([], ...shell("echo out; echo err >&2", 7));
    await once([], "true");
    await once(["--env", "X=from flag", "--env", "GREETING=other"], ...shell('echo "$GREETING $X"'));
    await once([], "sh", "-c", "sleep 100 & kill -9 $!; wait $!");
    await once([], ...shell("cat /etc/motd /hello; ls /old /opaque; stat -c '%u:%g %a %Y' /hello /tmp"));
    await once([], ...shell("i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done"));
    const input = { input: "one\ntwo\n" };
    await driver.with(input, "run", "--rm", context.image, "r1", ...shell("head -n 2"));
    await driver.ctr("containers", "ls");
    await driver.ctr("tasks", "ls");
    await driver.ctr("snapshots", "ls");
  },
  "flags reach the container": async (driver, context) => {
    const once = inContainer(driver, context);
    const bind = `type=bind,src=${driver.path("fifo")},dst=/mnt,options=rbind:ro`;
    await once(["--net-host"], ...shell("ls /etc; ip -o link | wc -l"));
    await once(
      ["--hostname", "inside", "--cwd", "/tmp", "--user", "www-data"],
      ...shell("hostname; pwd; id"),
    );
    await once(["--read-only"], ...shell("touch /x", 1));
    await once(["--mount", bind], ...shell("ls -d /mnt; touch /mnt/x"));
    await once(["--privileged"], ...shell("grep CapEff /proc/self/status"));
    await once(["--memory-limit", "67108864", "--cpu-shares", "512"], ...shell("cat /proc/self/cgroup"));
    await once(["--snapshotter", "native"], ...shell("cat /etc/motd"));
    await once(["--annotation", "a=b", "--label", "c=d"], "true");
  },
  "a terminal is one": async ({ with: run, background, note }, { image }) => {
    const command = ["run", "--rm", "--tty", image, "r3"];
    await run({ tty: true }, ...command, ...shell("tty; sleep 0.5; stty size; echo err >&2", 4));
    const typed = background([...command, ...shell("stty -echo; echo ready; read x; echo got $x", 5)], {
      tty: true,
    });
    await typed.shows(/ready/);
    typed.send("hello\n");
    note("typed", await typed.finished);
  },
  "what cannot run says why": async (driver, context) => {
    const { ctr } = driver;
    const once = inContainer(driver, context);
    await ctr("run", "--rm", "absent:1", "r4", "true");
    await ctr("run", context.image);
    await ctr("run", "--rm", context.image, "r4", "/absent");
    await ctr("run", "--rm", context.image, "r5", "/etc/motd");
    await once(["--cwd", "/etc/motd"], "true");
    await once(["--runtime", "io.containerd.absent.v1"], "true");
    await once(["--runtime", "absent"], "true");
    await once(["--runc-binary", "/absent"], "true");
    await once(["-d"], "true");
    await ctr("containers", "ls");
    await ctr("snapshots", "ls");
    await ctr("tasks", "ls");
  },
};

/** Runs a command in a container that goes with it. */
const inContainer =
  ({ ctr }: Driver, { image }: Context) =>
  (flags: readonly string[], ...command: string[]) =>
    ctr("run", "--rm", ...flags, image, "r1", ...command);

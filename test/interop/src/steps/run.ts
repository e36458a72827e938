import type { Scenarios } from "./context.ts";

/** `ctr run` in the foreground. */
export const run: Scenarios = {
  "a process has its exit code, its output and its environment": async ({ ctr, with: run }, { image }) => {
    await ctr("run", "--rm", image, "r1", "sh", "-c", "echo out; echo err >&2; exit 7");
    await ctr("run", "--rm", image, "r1", "true");
    await ctr(
      "run",
      "--rm",
      "--env",
      "X=from flag",
      "--env",
      "GREETING=other",
      image,
      "r1",
      "sh",
      "-c",
      'echo "$GREETING $X"',
    );
    await ctr("run", "--rm", image, "r1", "sh", "-c", "sleep 100 & kill -9 $!; wait $!");
    await run({ input: "one\ntwo\n" }, "run", "--rm", image, "r1", "head", "-n", "2");
    await ctr(
      "run",
      "--rm",
      image,
      "r1",
      "sh",
      "-c",
      "cat /etc/motd /hello; ls /old /opaque; stat -c '%u:%g %a %Y' /hello /tmp",
    );
    await ctr(
      "run",
      "--rm",
      image,
      "r1",
      "sh",
      "-c",
      "i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done",
    );
    await ctr("containers", "ls");
    await ctr("tasks", "ls");
    await ctr("snapshots", "ls");
  },
  "flags reach the container": async ({ ctr, path }, { image }) => {
    await ctr("run", "--rm", "--net-host", image, "r2", "sh", "-c", "ls /etc; ip -o link | wc -l");
    await ctr(
      "run",
      "--rm",
      "--hostname",
      "inside",
      "--cwd",
      "/tmp",
      "--user",
      "www-data",
      image,
      "r2",
      "sh",
      "-c",
      "hostname; pwd; id",
    );
    await ctr("run", "--rm", "--read-only", image, "r2", "touch", "/x");
    await ctr(
      "run",
      "--rm",
      "--mount",
      `type=bind,src=${path("fifo")},dst=/mnt,options=rbind:ro`,
      image,
      "r2",
      "ls",
      "-d",
      "/mnt",
    );
    await ctr("run", "--rm", "--privileged", image, "r2", "sh", "-c", "grep CapEff /proc/self/status");
    await ctr(
      "run",
      "--rm",
      "--memory-limit",
      "67108864",
      "--cpu-shares",
      "512",
      image,
      "r2",
      "cat",
      "/proc/self/cgroup",
    );
    await ctr("run", "--rm", "--snapshotter", "native", image, "r2", "cat", "/etc/motd");
    await ctr("run", "--rm", "--annotation", "a=b", "--label", "c=d", image, "r2", "true");
  },
  "a terminal is one": async ({ with: run, background, note }, { image }) => {
    const script = "tty; sleep 0.5; stty size; echo err >&2; exit 4";
    await run({ tty: true }, "run", "--rm", "--tty", image, "r3", "sh", "-c", script);
    const ask = "stty -echo; echo ready; read x; echo got $x; exit 5";
    const typed = background(["run", "--rm", "--tty", image, "r3", "sh", "-c", ask], { tty: true });
    await typed.shows(/ready/);
    typed.send("hello\n");
    note("typed", await typed.finished);
  },
  "what cannot run says why": async ({ ctr }, { image }) => {
    await ctr("run", "--rm", "absent:1", "r4", "true");
    await ctr("run", "--rm", image, "r4", "/absent");
    await ctr("run", "--rm", image, "r5", "/etc/motd");
    await ctr("run", "--rm", "--cwd", "/etc/motd", image, "r6", "true");
    await ctr("run", "--rm", "--runtime", "io.containerd.absent.v1", image, "r7", "true");
    await ctr("run", "--rm", "--runtime", "absent", image, "r8", "true");
    await ctr("run", "--rm", "--runc-binary", "/absent", image, "r9", "true");
    await ctr("run", "--rm", "-d", image, "r10", "true");
    await ctr("run", image);
    await ctr("containers", "ls");
    await ctr("snapshots", "ls");
    await ctr("tasks", "ls");
  },
};

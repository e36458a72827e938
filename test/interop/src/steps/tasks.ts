import { readFile } from "node:fs/promises";
import { shell } from "../shell.ts";
import type { Scenarios } from "./context.ts";
import type { Driver } from "../driver.ts";

/** Detached tasks and what is done with them. */
export const tasks: Scenarios = {
  "a detached task is listed, entered, killed and removed": async (driver, { image }) => {
    const { ctr, until } = driver;
    await start(driver, image, "t1", "sleep", "1000");
    await ctr("tasks", "ls");
    await ctr("tasks", "ls", "-q");
    await ctr("tasks", "ps", "t1");
    await ctr(...exec("e1"), "t1", ...shell("echo inside; cat /proc/1/cmdline; id -u", 3));
    await ctr(...exec("e1"), "--cwd", "/etc", "--user", "33:33", "t1", ...shell("pwd; id"));
    await driver.with({ input: "through\n" }, ...exec("e2"), "t1", ...shell("cat"));
    await driver.with({ tty: true }, ...exec("e3"), "--tty", "t1", ...shell("tty", 6));
    await ctr("containers", "rm", "t1");
    await ctr("tasks", "rm", "t1");
    await ctr("tasks", "kill", "t1");
    // The first process of a container takes no signal that it has not asked for.
    await ctr("tasks", "ls");
    await ctr("tasks", "kill", "--signal", "SIGKILL", "t1");
    await until(/STOPPED/, "tasks", "ls");
    await ctr("tasks", "rm", "t1");
    await ctr("tasks", "ls");
    await ctr("containers", "rm", "t1");
  },
  "a task is created, started and removed apart": async (driver, { image }) => {
    const { ctr, until, path } = driver;
    const log = path("t2.log");
    await ctr("containers", "create", image, "t2", "sh", "/exit-9");
    await ctr("tasks", "start", "-d", "--log-uri", `file://${log}`, "t2");
    await until(/t2 .*STOPPED/, "tasks", "ls");
    driver.note("the log", await readFile(log, "utf8"));
    await ctr("tasks", "ps", "t2");
    await ctr("tasks", "start", "-d", "--null-io", "t2");
    await ctr("tasks", "rm", "t2");
    await ctr("tasks", "start", "t2");
    await ctr("tasks", "ls");
    await ctr("containers", "rm", "t2");
  },
  "a task is paused and goes on": async (driver, { image }) => {
    const { ctr } = driver;
    await start(driver, image, "t3", "sleep", "1000");
    await ctr("tasks", "pause", "t3");
    await ctr("tasks", "ls");
    await ctr(...exec("e1"), "t3", "true");
    await ctr("tasks", "pause", "t3");
    await ctr("tasks", "resume", "t3");
    await ctr("tasks", "ls");
    await ctr("tasks", "resume", "t3");
    await ctr("tasks", "metrics", "t3");
    await ctr("tasks", "metrics", "--format", "json", "t3");
    await ctr("tasks", "rm", "--force", "t3");
    await ctr("containers", "rm", "t3");
  },
  "a client attaches and gets output and exit code": async (driver, { image }) => {
    const { ctr, quietly, background } = driver;
    await start(driver, image, "t4", ...shell("while [ ! -e /go ]; do sleep 0.05; done; echo went", 11));
    const attached = background(["tasks", "attach", "t4"]);
    await quietly(...exec("e1"), "t4", "touch", "/go");
    driver.note("tasks attach", await attached.finished);
    await ctr("tasks", "ls");
    await ctr("containers", "rm", "t4");
  },
  "an exec in the background is listed and killed": async (driver, { image }) => {
    const { ctr, until } = driver;
    await start(driver, image, "t5", "sleep", "1000");
    await ctr(...exec("e1"), "-d", "--fifo-dir", driver.fifoDir, "t5", "sleep", "1000");
    await ctr("tasks", "ps", "t5");
    await ctr(...exec("e1"), "t5", "true");
    await ctr("tasks", "kill", "--exec-id", "e1", "--signal", "KILL", "t5");
    await until(/^PID +INFO\n.*\n$/, "tasks", "ps", "t5");
    await ctr("tasks", "kill", "--exec-id", "absent", "t5");
    await ctr("tasks", "rm", "--exec-id", "e1", "t5");
    await ctr("tasks", "rm", "--exec-id", "e1", "t5");
    await ctr("tasks", "kill", "--all", "--signal", "9", "t5");
    await until(/STOPPED/, "tasks", "ls");
    await ctr("tasks", "rm", "t5");
    await ctr("containers", "rm", "t5");
  },
  "what is asked of tasks that are none, or have ended, is refused": async (driver, { image }) => {
    const { ctr, until } = driver;
    for (const args of [["kill"], ["pause"], ["resume"], ["ps"], ["metrics"], ["rm"], ["attach"], ["start"]])
      await ctr("tasks", ...args, "absent");
    await ctr(...exec("e1"), "absent", "true");
    await ctr("containers", "create", image, "t6", "true");
    await ctr("tasks", "kill", "t6");
    await ctr("tasks", "ps", "t6");
    await ctr("tasks", "rm", "t6");
    await ctr("containers", "rm", "t6");

    await start(driver, image, "t7", "sh", "-c", "exit 2");
    await until(/STOPPED/, "tasks", "ls");
    await ctr(...exec("e1"), "t7", "true");
    await ctr("tasks", "kill", "t7");
    await ctr("tasks", "pause", "t7");
    await ctr("tasks", "resume", "t7");
    await start(driver, image, "t7", "true");
    await ctr("containers", "rm", "t7");
    await ctr("tasks", "rm", "t7");
    await ctr("tasks", "rm", "t7");
    await ctr("containers", "rm", "t7");
  },
  "an exec that cannot start is refused": async (driver, { image }) => {
    const { ctr } = driver;
    await start(driver, image, "t8", "sleep", "1000");
    await ctr(...exec("e1"), "t8", "/absent");
    await ctr(...exec("e1"), "--cwd", "/absent", "t8", "true");
    await ctr(...exec("bad_"), "t8", "true");
    await ctr("tasks", "exec", "t8", "true");
    await ctr("tasks", "ps", "t8");
    await ctr("tasks", "rm", "--force", "t8");
    await ctr("containers", "rm", "t8");
  },
};

/** Starts a container that stays, with FIFOs in the private directory. */
const start = ({ ctr, fifoDir }: Driver, image: string, id: string, ...command: string[]) =>
  ctr("run", "-d", "--fifo-dir", fifoDir, image, id, ...command);

const exec = (id: string): string[] => ["tasks", "exec", "--exec-id", id];

import type { Driver } from "../driver.ts";
import { local, type Scenarios } from "./context.ts";

/** What `ctr events` shows while others work. */
export const events: Scenarios = {
  "the life of a container is told": async (driver, { image }) => {
    const { ctr, fifoDir } = driver;
    await told(driver, 'topic~="^/(tasks|containers|snapshot)/"', async () => {
      await ctr("run", "-d", "--fifo-dir", fifoDir, image, "ev1", "sh", "-c", "exit 3");
      await driver.until(/ev1 .*STOPPED/, "tasks", "ls");
      await ctr("tasks", "rm", "ev1");
      await ctr("containers", "rm", "ev1");
      await ctr("run", "-d", "--fifo-dir", fifoDir, image, "ev2", "sleep", "1000");
      await ctr("tasks", "exec", "--exec-id", "e1", "--fifo-dir", fifoDir, "ev2", "false");
      await ctr("tasks", "pause", "ev2");
      await ctr("tasks", "resume", "ev2");
      await ctr("containers", "label", "ev2", "a=b");
      await ctr("tasks", "kill", "--signal", "KILL", "ev2");
      await driver.until(/ev2 .*STOPPED/, "tasks", "ls");
      await ctr("tasks", "rm", "ev2");
      await ctr("containers", "rm", "ev2");
    });
  },
  "images, content, snapshots and namespaces are told": async (driver, context) => {
    const { ctr, with: run } = driver;
    const other = `${driver.namespace}-ev`;
    await told(driver, "", async () => {
      await ctr("images", "tag", context.image, "events:1");
      await ctr("images", "label", "events:1", "a=b");
      await ctr("images", "rm", "events:1");
      await run({ input: "an event" }, "content", "ingest", "event");
      await ctr("snapshots", "prepare", "ev");
      await ctr("snapshots", "commit", "ev2", "ev");
      await ctr("snapshots", "rm", "ev2");
      await ctr("namespaces", "create", other, "a=b");
      await ctr("namespaces", "label", other, "a=");
      await ctr("namespaces", "rm", other);
    });
  },
  "filters choose events, and bad ones are refused": async (driver, context) => {
    const { ctr } = driver;
    await told(driver, 'topic=="/snapshot/prepare",event.key=="ev-b"', async () => {
      for (const key of ["ev-a", "ev-b"]) await ctr("snapshots", "prepare", key);
    });
    await ctr("snapshots", "rm", "ev-a", "ev-b");
    await ctr("events", "topic==");
    await ctr("images", "pull", "--plain-http", ...local(context), context.image);
  },
};

const PROBE = "interop.probe";

/** Writes down what `ctr events` prints of some work: every event until that of a last namespace label. */
async function told(driver: Driver, filter: string, work: () => Promise<void>): Promise<void> {
  const probes = `topic=="/namespaces/update"`;
  const events = driver.background(["events", ...(filter === "" ? [] : [filter, probes])]);
  const probe = (value: string) => driver.out("namespaces", "label", driver.namespace, `${PROBE}=${value}`);
  // Who has subscribed sees this event; until then it is repeated.
  for (let i = 0; !events.output.stdout.includes("probe") && i < 100; i++) await probe(`probe${i}`);
  await work();
  await probe("last");
  await events.shows(/last/);
  const { stdout, stderr, code } = await events.stop();
  const lines = stdout.split("\n").filter((line) => !line.includes(PROBE));
  driver.note(`events ${filter}`, { code, signal: "SIGTERM", stdout: lines.join("\n"), stderr });
}

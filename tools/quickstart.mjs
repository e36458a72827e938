// The last step of `npm run quickstart`: a registry, a daemon and a container in a directory of their own, then nothing.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { buildBusyboxImage, pushImage, startDavitd, startRegistry } from "@davit/test-support";

const bin = resolve(import.meta.dirname, "../node_modules/.bin");
const bold = (text) => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text);

/** Shows a command as a reader would type it, and runs it. */
function run(address, ...args) {
  console.log(
    `\n${bold(`$ davit ${args.map((arg) => (/^[\w./:=@-]+$/.test(arg) ? arg : `'${arg}'`)).join(" ")}`)}`,
  );
  const { status, signal } = spawnSync(join(bin, "davit"), args, {
    stdio: "inherit",
    env: { ...process.env, CONTAINERD_ADDRESS: address },
  });
  if (status !== 0) throw new Error(`davit ${args[0]} ended with ${status ?? signal}`);
}

const mountsBelow = (directory) =>
  readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(directory));

/** What the daemon says of its start; the line comes right after the socket answers. */
async function bootTime(daemon) {
  for (let i = 0; i < 100; i++) {
    const time = /successfully booted in ([^"\n]+)/.exec(daemon.log())?.[1];
    if (time) return time;
    await setTimeout(10);
  }
  return "a while";
}

async function demonstrate() {
  let places = [];
  {
    await using registry = await startRegistry();
    const reference = await pushImage(registry, "davit/hello:latest", buildBusyboxImage());
    console.log(`  A registry serves ${reference}, made from this system's busybox.`);
    await using daemon = await startDavitd();
    places = [daemon.directory, registry.directory].filter(Boolean);
    console.log(
      `  davitd is up after ${await bootTime(daemon)}: everything it keeps is in ${daemon.directory}.`,
    );
    try {
      run(daemon.address, "pull", "--plain-http", reference);
      run(daemon.address, "images");
      run(daemon.address, "run", "--rm", reference, "sh", "-c", "echo Hello from a container; uname -sr; id");
      run(daemon.address, "plugins", "ls");
    } catch (error) {
      console.error(`\nThe daemon's log:\n${daemon.log()}`);
      throw error;
    }
  }
  for (const place of places)
    if (existsSync(place) || mountsBelow(place).length > 0) throw new Error(`${place} is still there`);
  console.log(`\n${bold("Stopped, and nothing is left behind.")}`);
}

/** What an ordinary user can see: the daemon boots, and says of each plugin whether it can work. */
async function showPlugins() {
  console.log("  Left out for want of root or of programs: the registry, the pull and the container.");
  const { mkdtempSync, rmSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const { startDaemon } = await import("@davit/test-support");
  const directory = mkdtempSync(join(tmpdir(), "davit-quickstart-"));
  try {
    const address = join(directory, "d.sock");
    await using daemon = await startDaemon({
      program: join(bin, "davitd"),
      args: ["--root", join(directory, "root"), "--state", join(directory, "state"), "--address", address],
      listens: address,
      logFile: join(directory, "log"),
    });
    console.log(
      `  davitd is up (pid ${daemon.pid}) as an ordinary user; plugins that need root are skipped with the reason.`,
    );
    run(address, "plugins", "ls");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  console.log(`\n${bold("Stopped, and nothing is left behind.")} With root: sudo npm run quickstart`);
}

await (process.argv.includes("--without-containers") ? showPlugins() : demonstrate());
console.log(`
What to try next
  sudo node_modules/.bin/davitd &                                  the daemon, where it belongs: /var/lib/davit, /run/davit
  sudo node_modules/.bin/davit --help                              pull, run, exec, ps, events, plugins …
  sudo ctr --address /run/davit/davit.sock plugins ls              any client of containerd works
  npm run new -- plugin snapshotter-mine                           a plugin of your own: builds, tests and lints at once
  npm test                                                         everything, tested on this machine
`);

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createDaemon, defaultConfig, type DaemonOptions } from "@davit/daemon";
import { definePlugin, silent, type DefinedPlugin, type Logger } from "@davit/plugin";
import { ServerPlugin } from "@davit/server";

const needsRoot = process.getuid?.() === 0 ? false : "needs root";

async function inTemporary(
  body: (options: Pick<DaemonOptions, "root" | "state">) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "davit-daemon-"));
  try {
    await body({ root: join(dir, "root"), state: join(dir, "state") });
  } finally {
    await rm(dir, { recursive: true });
  }
}

function server(id: string, events: string[], start = async (): Promise<void> => undefined): DefinedPlugin {
  return definePlugin({
    type: ServerPlugin,
    id,
    init: () => {
      events.push(`init ${id}`);
      return {
        address: id,
        start: async () => {
          await start();
          events.push(`start ${id}`);
        },
        [Symbol.asyncDispose]: async () => void events.push(`stop ${id}`),
      };
    },
  });
}

test("servers start when every init has ended, and stop in reverse", async () => {
  await inTemporary(async (place) => {
    const events: string[] = [];
    const daemon = await createDaemon({ ...place, plugins: [server("a", events), server("b", events)] });
    assert.deepEqual(daemon.addresses, ["a", "b"]);
    await daemon[Symbol.asyncDispose]();
    assert.deepEqual(events, ["init a", "init b", "start a", "start b", "stop b", "stop a"]);
  });
});

test("a server that cannot serve fails the start, and the others are stopped", async () => {
  await inTemporary(async (place) => {
    const events: string[] = [];
    const bad = server("bad", events, async () => {
      throw new Error("address in use");
    });
    await assert.rejects(
      createDaemon({ ...place, plugins: [server("good", events), bad] }),
      /address in use/,
    );
    assert.ok(events.includes("stop good"));
  });
});

test("root is private, state can be entered", async () => {
  await inTemporary(async (place) => {
    await using daemon = await createDaemon({ ...place, plugins: [] });
    const modes = await Promise.all(
      [daemon.root, daemon.state].map(async (path) => (await stat(path)).mode & 0o777),
    );
    assert.deepEqual(modes, [0o700, 0o711]);
  });
});

test("a second daemon on a root is refused by the pid of the first, and welcome after it", async () => {
  await inTemporary(async (place) => {
    {
      await using first = await createDaemon({ ...place, plugins: [] });
      assert.ok(first.root);
      await assert.rejects(
        createDaemon({ ...place, plugins: [] }),
        new RegExp(`in use by another daemon \\(pid ${process.pid}\\)`),
      );
    }
    await using second = await createDaemon({ ...place, plugins: [] });
    assert.ok(second.root);
  });
});

test("root and state must differ", async () => {
  await inTemporary(async ({ root }) => {
    await assert.rejects(
      createDaemon({ root, state: root, plugins: [] }),
      /root and state must be different paths/,
    );
  });
});

test("plugins learn the addresses; ttrpc follows gRPC unless it is named", async () => {
  const seen: string[] = [];
  const spy = definePlugin({
    type: ServerPlugin,
    id: "spy",
    init: ({ properties }) => {
      seen.push(
        `${properties["io.containerd.plugin.grpc.address"]} ${properties["io.containerd.plugin.ttrpc.address"]}`,
      );
      return { address: "", start: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
    },
  });
  const run = (more: Partial<DaemonOptions>) =>
    inTemporary(async (place) => {
      await using daemon = await createDaemon({ ...place, plugins: [spy], ...more });
      assert.equal(daemon.plugins.size, 1);
    });
  await run({ address: "/given" });
  const plugins = { "io.containerd.server.v1.grpc": { address: "/file" } };
  await run({ config: { ...defaultConfig(), plugins } });
  const both = { ...plugins, "io.containerd.server.v1.ttrpc": { address: "/own" } };
  await run({ config: { ...defaultConfig(), plugins: both } });
  assert.deepEqual(seen, ["/given /given.ttrpc", "/file /file.ttrpc", "/file /own"]);
});

test("a start that is given up stops what it started", async () => {
  await inTemporary(async (place) => {
    const events: string[] = [];
    const controller = new AbortController();
    const slow = server("slow", events, async () => controller.abort(new Error("SIGTERM received")));
    await assert.rejects(
      createDaemon({ ...place, plugins: [slow, server("later", events)], signal: controller.signal }),
      /SIGTERM received/,
    );
    assert.deepEqual(events.slice(-2), ["stop later", "stop slow"]);
  });
});

test("a start that is given up waits neither for a server nor for readiness", async () => {
  const never = new Promise<void>(() => undefined);
  const late = definePlugin({
    type: ServerPlugin,
    id: "late",
    init: ({ readiness }) => {
      readiness();
      return { address: "", start: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
    },
  });
  for (const plugin of [server("hanging", [], () => never), late])
    await inTemporary(async (place) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error("SIGTERM received")), 50);
      await assert.rejects(
        createDaemon({ ...place, plugins: [plugin], signal: controller.signal }),
        /SIGTERM received/,
      );
    });
});

test("a temporary mount that cannot be cleaned is logged, and the daemon starts", async () => {
  await inTemporary(async (place) => {
    await mkdir(join(String(place.root), "tmpmounts", "containerd-mountAbc", "not-empty"), {
      recursive: true,
    });
    const lines: string[] = [];
    const log: Logger = { ...silent, warn: (_, message) => void lines.push(message) };
    await using daemon = await createDaemon({ ...place, plugins: [], log });
    assert.ok(daemon.root);
    assert.deepEqual(lines, ["failed to undo a temporary mount"]);
  });
});

test("a root that is gone does not keep the daemon from stopping", async () => {
  await inTemporary(async (place) => {
    const daemon = await createDaemon({ ...place, plugins: [] });
    await rm(daemon.root, { recursive: true });
    await daemon[Symbol.asyncDispose]();
    await using again = await createDaemon({ ...place, plugins: [] });
    assert.ok(again.root);
  });
});

test("a root that may not be made is refused with a way out", async () => {
  await inTemporary(async (place) => {
    const root = join(import.meta.filename, "root");
    await assert.rejects(createDaemon({ ...place, root, plugins: [] }), /root .* cannot be made.*--root/);
  });
});

test("a root on a read-only file system is refused with the reason", { skip: needsRoot }, async () => {
  await inTemporary(async (place) => {
    const readOnly = String(place.root);
    await mkdir(readOnly);
    execFileSync("mount", ["-t", "tmpfs", "-o", "ro", "tmpfs", readOnly]);
    try {
      const options = { ...place, root: join(readOnly, "root"), plugins: [] };
      await assert.rejects(
        createDaemon(options),
        (error) => error instanceof Error && /EROFS/.test(String(error.cause)),
      );
    } finally {
      execFileSync("umount", [readOnly]);
    }
  });
});

test("a full disk under the lock is told, and the lock is let go", { skip: needsRoot }, async () => {
  await inTemporary(async (place) => {
    const root = String(place.root);
    await mkdir(root);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", root]);
    try {
      await writeFile(join(root, "ballast"), Buffer.alloc(1 << 20)).catch(() => undefined);
      await using daemon = await createDaemon({ ...place, plugins: [] });
      assert.ok(daemon.root, "the pid in the lock is for people, and no reason not to start");
    } finally {
      execFileSync("umount", [root]);
    }
  });
});

test("the timeouts of the configuration are told to plugins, and overwrite nothing else", async () => {
  const seen: unknown[] = [];
  const spy = definePlugin({
    type: ServerPlugin,
    id: "spy",
    init: ({ properties }) => {
      seen.push(properties["io.containerd.timeout.task.state"], properties["davit.root"]);
      return { address: "", start: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
    },
  });
  await inTemporary(async (place) => {
    const timeouts = { "io.containerd.timeout.task.state": "3s", "davit.root": "1s" };
    const config = { ...defaultConfig(), timeouts };
    await using daemon = await createDaemon({ ...place, plugins: [spy], config });
    assert.deepEqual(seen, ["3s", daemon.root]);
  });
});

test("plugins learn the version and the level of the log", async () => {
  await inTemporary(async (place) => {
    const seen: Readonly<Record<string, string>>[] = [];
    const spy = definePlugin({
      type: ServerPlugin,
      id: "spy",
      init: ({ properties }) => {
        seen.push(properties);
        return { address: "", start: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
      },
    });
    await using daemon = await createDaemon({
      ...place,
      plugins: [spy],
      version: "1.2.3",
      logLevel: "debug",
    });
    assert.equal(daemon.plugins.size, 1);
    assert.deepEqual([seen[0]?.["davit.version"], seen[0]?.["davit.log-level"]], ["1.2.3", "debug"]);
  });
});

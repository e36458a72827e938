import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { runQuickly, temporaryDirectory, type Finished, type TemporaryDirectory } from "@davit/test-support";
import { available, eventually, read, skip } from "./fixture.ts";
import { DAVITD, startDavitd } from "./side.ts";

/** Runs davitd where it is expected to end by itself. */
function davitd(directory: TemporaryDirectory, ...args: string[]): Promise<Finished> {
  const places = ["--root", directory.join("root"), "--state", directory.join("state")];
  return runQuickly(DAVITD, [...places, "--address", directory.join("d.sock"), ...args], {
    timeoutMs: 10_000,
  });
}

/** What a start, and `config check`, say of a configuration. */
async function tried(toml: string): Promise<{ file: string; started: Finished; checked: Finished }> {
  await using directory = temporaryDirectory();
  const file = directory.join("config.toml");
  writeFileSync(file, toml);
  return {
    file,
    started: await davitd(directory, "--config", file),
    checked: await davitd(directory, "--config", file, "config", "check"),
  };
}

describe("davitd that cannot start says why, and exits with 1", { skip }, () => {
  test("a socket path that is too long", async () => {
    await using directory = temporaryDirectory();
    const address = directory.join("x".repeat(105));
    const { code, stderr } = await davitd(directory, "--address", address);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`${address}.*unix socket path too long \\(> 104\\)`));
  });

  test("a socket that another daemon serves: that one goes on", async () => {
    await using first = await startDavitd(available);
    await using directory = temporaryDirectory();
    const { code, stderr } = await davitd(directory, "--address", first.address);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`${first.address}.*served by another process`));
    assert.match(await first.ctr.out("version"), /Server:/);
  });

  test("a root that another daemon uses: its pid is named", async () => {
    await using first = await startDavitd(available);
    await using directory = temporaryDirectory();
    const { code, stderr } = await davitd(directory, "--root", first.path("root"));
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`in use by another daemon \\(pid ${first.daemon.pid}\\)`));
    assert.match(await first.ctr.out("version"), /Server:/);
  });

  test("a socket that a killed daemon left is taken over", async () => {
    await using side = await startDavitd(available);
    await side.end("SIGKILL");
    assert.ok(existsSync(side.address));
    await side.start();
    assert.match(await side.ctr.out("version"), /Server:/);
  });

  test("a configuration with a syntax error: file and line", async () => {
    const { file, started, checked } = await tried('version = 2\n\n[plugins\nroot = "/x"\n');
    for (const { code, stderr } of [started, checked]) {
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`${file}.*row 3`));
    }
  });

  test("a value of a wrong type, of the daemon's or of a plugin's: the key", async () => {
    for (const [toml, expected] of [
      ["version = 2\n[debug]\nlevel = 3\n", /config\.toml: debug\.level: .*expected string/i],
      [
        'version = 2\n[plugins."io.containerd.snapshotter.v1.overlayfs"]\nmount_options = 3\n',
        /io\.containerd\.snapshotter\.v1\.overlayfs: mount_options: .*expected array/i,
      ],
    ] as const) {
      const { started, checked } = await tried(toml);
      for (const { code, stderr } of [started, checked]) {
        assert.equal(code, 1);
        assert.match(stderr, expected);
      }
    }
  });

  test("a configuration that is not there", async () => {
    await using directory = temporaryDirectory();
    const { code, stderr } = await davitd(directory, "--config", directory.join("absent.toml"));
    assert.equal(code, 1);
    assert.match(stderr, /absent\.toml.*no such file or directory/);
  });
});

test(
  "an unknown key is a warning that names the nearest one, and an error of `config check`",
  { skip },
  async () => {
    await using directory = temporaryDirectory();
    const file = directory.join("config.toml");
    writeFileSync(
      file,
      'version = 2\nrooot = "/x"\n[plugins."io.containerd.snapshotter.v1.overlayfs"]\nmount_option = []\n',
    );
    const checked = await davitd(directory, "--config", file, "config", "check");
    assert.equal(checked.code, 1);
    assert.match(checked.stderr, new RegExp(`${file}:2: unknown key "rooot"; did you mean "root"\\?`));
    assert.match(checked.stderr, /overlayfs: unknown key "mount_option"; did you mean "mount_options"\?/);

    await using side = await startDavitd(available, ["--config", file]);
    assert.match(side.daemon.log(), /level=warning.* key=rooot .*suggestion=root/);
    assert.match(side.daemon.log(), /level=warning.* key=mount_option .*suggestion=mount_options/);
    assert.match(await side.ctr.out("version"), /Server:/);
  },
);

test(
  "davitd says that it has booted, is the process that was started, and ends with 0 at SIGTERM",
  { skip },
  async () => {
    await using side = await startDavitd(available);
    const { pid } = side.daemon;
    // It answers a moment before.
    await eventually("it says so", () => side.daemon.log().includes("davitd successfully booted in"));
    assert.match(read(`/proc/${pid}/cmdline`), /davitd\.js/);
    assert.equal(await side.end("SIGTERM"), 0);
    assert.equal(existsSync(side.address), false);
    assert.equal(existsSync(`${side.address}.ttrpc`), false);
  },
);

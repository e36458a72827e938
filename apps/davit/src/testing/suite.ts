import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { after, afterEach, before, describe, test } from "node:test";
import {
  buildBusyboxImage,
  needs,
  pushImage,
  REGISTRY_CREDENTIALS,
  runQuickly,
  startRegistry,
} from "@davit/test-support";
import { MAIN, startBench, type Bench, type DaemonKind } from "./davit.ts";

/** davit as people use it, against a daemon: our own or the newest containerd, unmodified. */
export function davitSuite(kind: DaemonKind): void {
  describe(`against ${kind.name}`, { skip: kind.missing }, () => {
    let bench: Bench;
    before(async () => {
      bench = await startBench(kind.start);
      await bench.ok("pull", "-q", bench.image);
    });
    after(() => bench?.[Symbol.asyncDispose]());

    const run = (...args: string[]) => bench.davit(["run", "--rm", ...args]);

    describe("pull", () => {
      test("prints plain lines on standard error, and the digest on standard output", async () => {
        const image = await pushImage(
          bench.registry,
          "test/plain:2",
          buildBusyboxImage({ layers: [[{ name: "x/" }]] }),
        );
        const { code, stdout, stderr } = await bench.davit([
          "-n",
          `${bench.daemon.namespace}-2`,
          "pull",
          "--plain-http",
          image,
        ]);
        assert.equal(code, 0, stderr);
        assert.match(stdout, new RegExp(`^${image}@sha256:[0-9a-f]{64}\n$`));
        assert.match(stderr, /^Resolving from OCI Registry/);
        assert.match(stderr, /^layer [0-9a-f]{12}: extracted 1\.\d MiB$/m);
        assert.equal(stderr.replaceAll("\n", "").match(/\p{Cc}/u), null);
      });

      test("draws bars on a terminal", { skip: needs("script") }, async () => {
        const image = await pushImage(bench.registry, "test/bars:1", buildBusyboxImage());
        const command = `${process.execPath} ${MAIN} -n ${bench.daemon.namespace}-3 pull ${image}`;
        const { code, stdout } = await runQuickly("script", ["-qec", command, "/dev/null"], {
          env: bench.env,
        });
        assert.equal(code, 0, stdout);
        assert.match(stdout, /layer [0-9a-f]{12} .*\[=+\] /);
        assert.ok(stdout.includes("\u001b[2A"));
      });

      test("-q prints the name alone", async () => {
        const { stdout, stderr } = await bench.davit(["pull", "-q", bench.image]);
        assert.deepEqual([stdout, stderr], [`${bench.image}\n`, ""]);
      });

      test("of what the registry lacks fails with 1 and a sentence", async () => {
        const { code, stdout, stderr } = await bench.davit(["pull", "-q", `${bench.registry.host}/no/such`]);
        assert.equal(code, 1);
        assert.equal(stdout, "");
        assert.match(stderr, /^davit: .*no\/such.*not found\n$/);
      });

      test("takes credentials", async () => {
        await using registry = await startRegistry({ auth: true });
        const image = await pushImage(registry, "secret:1", buildBusyboxImage(), REGISTRY_CREDENTIALS);
        const { username, password } = REGISTRY_CREDENTIALS;
        assert.equal((await bench.davit(["pull", image])).code, 1);
        await bench.ok("pull", "--credentials", `${username}:${password}`, image);
      });
    });

    describe("run", () => {
      afterEach(async () => {
        assert.deepEqual(await bench.client.containers(), []);
        assert.deepEqual(await bench.client.tasks(), []);
        assert.deepEqual(await Array.fromAsync(bench.client.snapshots({ filters: ["kind==active"] })), []);
        assert.deepEqual(readdirSync(bench.daemon.fifoDir), []);
      });

      test("passes output and exit code on", async () => {
        const { code, stdout, stderr } = await run(
          bench.image,
          "sh",
          "-c",
          "echo $GREETING; echo oops >&2; exit 42",
        );
        assert.deepEqual([code, stdout, stderr], [42, "hello\n", "oops\n"]);
      });

      test("takes options of the command for the command's", async () => {
        assert.equal((await run(bench.image, "echo", "-n", "--rm", "-x")).stdout, "--rm -x");
      });

      test("pulls what is missing, with plain lines on standard error", async () => {
        const image = await pushImage(
          bench.registry,
          "test/missing:1",
          buildBusyboxImage({ config: { Cmd: ["echo", "new"] } }),
        );
        const { code, stdout, stderr } = await run("--plain-http", image);
        assert.deepEqual([code, stdout], [0, "new\n"], stderr);
        assert.match(stderr, /Completed pull/);
      });

      test("--pull never does not", async () => {
        const { code, stderr } = await run("--pull", "never", `${bench.registry.host}/test/never:1`);
        assert.equal(code, 125);
        assert.match(stderr, /^davit: image ".*test\/never:1": not found\n$/);
      });

      test("-i passes standard input on, and its end; without -i there is none", async () => {
        const input = "in\n".repeat(1000);
        const given = await bench.davit(["run", "--rm", "-i", bench.image, "wc", "-c"], { input });
        assert.equal(given.stdout, `${input.length}\n`);
        const none = await bench.davit(["run", "--rm", bench.image, "wc", "-c"], { input });
        assert.equal(none.stdout, "0\n");
      });

      test("sets environment, user, directory, labels and mounts, and a read-only root", async () => {
        const shared = join(bench.daemon.directory, "shared");
        mkdirSync(shared, { recursive: true });
        writeFileSync(join(shared, "file"), "from the host\n");
        const script =
          "echo $GREETING-$A; id -u; pwd; cat /mnt/file; touch /x 2>&1; touch /mnt/x 2>&1; exit 0";
        const options = [
          "-e",
          "A=b",
          "-e",
          "GREETING",
          "-u",
          "www-data",
          "-w",
          "/tmp",
          "--read-only",
          "--label",
          "k=v",
        ];
        const { stdout } = await run(
          ...options,
          "--mount",
          `src=${shared},dst=/mnt,ro`,
          bench.image,
          "sh",
          "-c",
          script,
        );
        assert.equal(
          stdout,
          "-b\n33\n/tmp\nfrom the host\ntouch: /x: Read-only file system\ntouch: /mnt/x: Read-only file system\n",
        );
      });

      test("--net-host shares the network", async () => {
        const { stdout } = await run("--net-host", bench.image, "readlink", "/proc/self/ns/net");
        const { stdout: ours } = await runQuickly("readlink", ["/proc/self/ns/net"]);
        assert.equal(stdout, ours);
      });

      test("-t gives a terminal: one output, TERM set", async () => {
        const { stdout, stderr } = await run("-t", bench.image, "sh", "-c", "test -t 1 && echo $TERM >&2");
        assert.deepEqual([stdout, stderr], ["xterm\r\n", ""]);
      });

      test(
        "-t -i on a terminal passes keys and size on, and gives the terminal back",
        { skip: needs("script") },
        async () => {
          const inner = `${process.execPath} ${MAIN} run --rm -t -i ${bench.image} sh -c 'stty size; read line; echo got $line; exit 3'`;
          const command = `stty rows 33 cols 111; before=$(stty -g); ${inner}; code=$?; test "$before" = "$(stty -g)" && echo restored $code`;
          const { stdout } = await runQuickly("script", ["-qec", command, "/dev/null"], {
            env: bench.env,
            input: "keys\r",
            timeoutMs: 20_000,
          });
          assert.match(stdout, /33 111\r\n/);
          assert.match(stdout, /got keys\r\n/);
          assert.match(stdout, /restored 3\r\n/);
        },
      );

      test("passes signals on", async () => {
        const script = "trap 'echo caught; exit 9' TERM; echo ready; while :; do sleep 0.1; done";
        const running = bench.start("run", "--rm", bench.image, "sh", "-c", script);
        await running.saw(/ready/);
        running.child.kill("SIGTERM");
        assert.equal(await running.ended, 9, running.stderr());
        assert.equal(running.stdout(), "ready\ncaught\n");
      });

      test("kills a process that does not mind the third signal, and removes all", async () => {
        const running = bench.start(
          "run",
          "--rm",
          bench.image,
          "sh",
          "-c",
          "trap '' INT; echo ready; exec sleep 600",
        );
        await running.saw(/ready/);
        for (let times = 0; times < 3; times++) {
          running.child.kill("SIGINT");
          await setTimeout(50);
        }
        assert.equal(await running.ended, 137);
      });

      test("interrupted before it runs leaves nothing", async () => {
        const image = await pushImage(bench.registry, "test/interrupted:1", buildBusyboxImage());
        const running = bench.start("run", "--rm", image, "sleep", "600");
        await running.saw(/Resolving/);
        for (let times = 0; times < 3; times++) {
          running.child.kill("SIGINT");
          await setTimeout(100);
        }
        assert.ok([130, 137].includes(Number(await running.ended)), String(await running.ended));
      });

      test("goes on, and passes the exit code on, when the daemon is killed and started again", async () => {
        const script = "echo before; while [ ! -e /go ]; do sleep 0.05; done; echo after; exit 4";
        const running = bench.start("run", "--rm", "--name", "outlives", bench.image, "sh", "-c", script);
        await running.saw(/before/);
        // The first output may be here before the answer to Start; a daemon killed in between fails the start itself.
        await setTimeout(1000);
        await bench.daemon.restart("SIGKILL");
        await bench.client.ready();
        await bench.ok("exec", "outlives", "touch", "/go");
        assert.equal(await running.ended, 4, running.stderr());
        assert.equal(running.stdout(), "before\nafter\n");
      });

      test("ends when nobody reads its output any more", { skip: needs("bash") }, async () => {
        const script = `${process.execPath} ${MAIN} run --rm ${bench.image} yes | head -n 1; echo \${PIPESTATUS[0]}`;
        const { stdout } = await runQuickly("bash", ["-c", script], { env: bench.env });
        assert.equal(stdout, "y\n137\n");
      });

      test("of a program that is not there fails with 125 and leaves nothing", async () => {
        const { code, stderr } = await run(bench.image, "/no/such/program");
        assert.equal(code, 125);
        assert.match(stderr, /^davit: .*no such file or directory.*\n$/);
      });

      test("of an id that is taken fails and leaves that container alone", async () => {
        await bench.ok("run", "-d", "--name", "taken", bench.image, "sleep", "600");
        const { code, stderr } = await bench.davit(["run", "--rm", "--name", "taken", bench.image]);
        assert.equal(code, 125);
        assert.match(stderr, /container "taken": already exists/);
        assert.match(await bench.ok("ps"), /^taken .* running/m);
        await bench.ok("rm", "-f", "taken");
      });

      test("without --rm leaves the container", async () => {
        assert.equal((await bench.davit(["run", "--name", "left", bench.image, "false"])).code, 1);
        assert.match(await bench.ok("ps", "-a"), /^left .* no task/m);
        assert.doesNotMatch(await bench.ok("ps"), /left/);
        assert.equal(await bench.ok("rm", "left"), "left\n");
      });

      test("-d prints the id; kill and rm end it", async () => {
        const id = (await bench.ok("run", "-d", bench.image, "sleep", "600")).trim();
        assert.match(id, /^[0-9a-f]{12}$/);
        const listed = JSON.parse(await bench.ok("ps", "--format", "json")) as {
          id: string;
          pid: number;
          args: string[];
        }[];
        assert.deepEqual(
          listed.map((container) => [container.id, container.args]),
          [[id, ["sleep", "600"]]],
        );
        const pid = listed[0]?.pid ?? 0;
        assert.ok(existsSync(`/proc/${pid}`));
        const refused = await bench.davit(["rm", id]);
        assert.equal(refused.code, 1);
        assert.match(refused.stderr, /is running: stop it with `davit kill`, or remove it with --force/);
        assert.equal(await bench.ok("kill", id), `${id}\n`);
        for (let tries = 0; !/stopped \(137\)/.test(await bench.ok("ps", "-a")) && tries < 50; tries++)
          await setTimeout(50);
        assert.match(await bench.ok("ps", "-a"), /stopped \(137\)/);
        assert.equal(await bench.ok("rm", id), `${id}\n`);
      });

      test("-d --log-uri keeps the output in a file", async () => {
        const file = join(bench.daemon.directory, "log.txt");
        const id = (
          await bench.ok("run", "-d", "--log-uri", `file://${file}`, bench.image, "echo", "kept")
        ).trim();
        for (let tries = 0; !existsSync(file) && tries < 50; tries++) await setTimeout(50);
        await bench.ok("rm", "-f", id);
        assert.equal(readFileSync(file, "utf8"), "kept\n");
      });

      test("refuses options that contradict each other", async () => {
        for (const args of [
          ["-d", "--rm"],
          ["-d", "-t"],
          ["--log-uri", "file:///x"],
        ]) {
          const { code, stderr } = await bench.davit(["run", ...args, bench.image]);
          assert.equal(code, 125, stderr);
        }
      });

      test("uses the snapshotter and the runtime it is told", async () => {
        assert.equal(
          (await run("--snapshotter", "native", bench.image, "cat", "/hello")).stdout,
          "hello from layer 2\n",
        );
        const { code, stderr } = await run("--runtime", "io.containerd.nobody.v9", bench.image, "true");
        assert.equal(code, 125);
        assert.match(stderr, /nobody/);
      });
    });

    describe("exec", () => {
      before(() => bench.ok("run", "-d", "--name", "box", "-e", "COLOR=blue", bench.image, "sleep", "600"));
      after(() => bench.ok("rm", "-f", "box"));

      test("passes input, output and exit code on", async () => {
        const { code, stdout, stderr } = await bench.davit(
          [
            "exec",
            "-i",
            "-e",
            "MORE=1",
            "-w",
            "/tmp",
            "-u",
            "33:10",
            "box",
            "sh",
            "-c",
            "cat; echo $COLOR $MORE; pwd; id -g; echo e >&2; exit 6",
          ],
          { input: "in\n" },
        );
        assert.deepEqual([code, stdout, stderr], [6, "in\nblue 1\n/tmp\n10\n", "e\n"]);
      });

      test("-t gives a terminal", async () => {
        assert.equal(await bench.ok("exec", "-t", "box", "sh", "-c", "tty"), "/dev/pts/0\r\n");
      });

      test("-d leaves it running", async () => {
        await bench.ok("exec", "-d", "box", "sh", "-c", "echo done >/made; sleep 600");
        for (let tries = 0; tries < 50; tries++) {
          if ((await bench.davit(["exec", "box", "cat", "/made"])).stdout === "done\n") return;
        }
        assert.fail("it did nothing");
      });

      test("leaves no process behind", async () => {
        const { code } = await bench.davit(["exec", "box", "/no/such"]);
        assert.equal(code, 1);
        assert.deepEqual(readdirSync(bench.daemon.fifoDir), []);
      });

      test("in what does not run or is not there is an error", async () => {
        await bench.davit(["run", "--name", "ended", bench.image, "true"]);
        const ended = await bench.davit(["exec", "ended", "true"]);
        assert.deepEqual(
          [ended.code, ended.stderr],
          [1, 'davit: container "ended" is not running: its task: not found\n'],
        );
        const absent = await bench.davit(["exec", "absent", "true"]);
        assert.match(absent.stderr, /^davit: container "absent" in namespace ".*": not found\n$/);
        await bench.ok("rm", "ended");
      });

      test("kill -s sends what it is told, and says what it does not know", async () => {
        await bench.ok("kill", "-s", "usr1", "box");
        const unknown = await bench.davit(["kill", "-s", "nope", "box"]);
        assert.deepEqual(
          [unknown.code, unknown.stderr],
          [1, 'davit: unknown signal "nope": invalid argument\n'],
        );
        const several = await bench.davit(["kill", "-s", "CONT", "absent", "box", "gone"]);
        assert.equal(several.code, 1);
        assert.equal(several.stdout, "box\n");
        assert.match(several.stderr, /absent.*not found\n.*gone.*not found/);
      });
    });

    describe("lists", () => {
      test("images have digest, size and platforms", async () => {
        const table = await bench.ok("images", `name==${bench.image}`);
        assert.match(table, /^IMAGE +DIGEST +SIZE +PLATFORMS +UNPACKED\n/);
        assert.match(table, /test\/busybox:1 +sha256:[0-9a-f]{12} +1\.\d MiB +linux\/\w+ +yes\n$/);
        assert.equal(await bench.ok("images", "-q", `name==${bench.image}`), `${bench.image}\n`);
        const [image] = JSON.parse(await bench.ok("images", "--format", "json", `name==${bench.image}`)) as {
          name: string;
          unpacked: boolean;
        }[];
        assert.deepEqual([image?.name, image?.unpacked], [bench.image, true]);
      });

      test("rmi removes, and goes on after a failure", async () => {
        const image = await pushImage(bench.registry, "test/rmi:1", buildBusyboxImage());
        await bench.ok("pull", "-q", image);
        const { code, stdout, stderr } = await bench.davit([
          "rmi",
          "--sync",
          `${bench.registry.host}/none:1`,
          image,
        ]);
        assert.equal(code, 1);
        assert.equal(stdout, `${image}\n`);
        assert.match(stderr, /^davit: image ".*none:1": not found\n$/);
      });

      test("content, snapshots and namespaces", async () => {
        assert.match(await bench.ok("content", "ls"), /^DIGEST +SIZE +AGE +LABELS\nsha256:[0-9a-f]{64} /);
        const snapshots = await bench.ok("snapshots", "ls");
        assert.match(snapshots, /^KEY +PARENT +KIND\nsha256:/);
        assert.match(snapshots, /sha256:[0-9a-f]{64} +sha256:[0-9a-f]{64} +Committed\n/);
        assert.match(
          await bench.ok("snapshots", "ls", "--snapshotter", "native", "-q", "kind==committed"),
          /^(sha256:.*\n)*$/,
        );
        assert.match(
          await bench.ok("namespaces", "ls"),
          new RegExp(`^NAME +LABELS\n(.*\n)*${bench.daemon.namespace} +-`),
        );
      });

      test("plugins ls has containerd's columns and statuses", async () => {
        const table = await bench.ok("plugins", "ls");
        assert.match(table, /^TYPE +ID +PLATFORMS +STATUS\n/);
        assert.match(table, /^io\.containerd\.snapshotter\.v1 +overlayfs +linux\/\w+ +ok$/m);
        // Of containerd's many snapshotters some never fit the machine.
        if (kind.name === "containerd")
          assert.match(table, /^io\.containerd\.snapshotter\.v1 +\w+ +\S+ +(skip|error)$/m);
        assert.equal(await bench.ok("plugins", "ls", "-q", "id==overlayfs"), "overlayfs\n");
      });

      test("plugins ls -d says all, and why one did not load", async () => {
        const block = await bench.ok(
          "plugins",
          "ls",
          "-d",
          "type==io.containerd.snapshotter.v1,id==overlayfs",
        );
        assert.match(
          block,
          /^Type: +io\.containerd\.snapshotter\.v1\nID: +overlayfs\n(Requires: .*\n)?Platforms: +linux/,
        );
        if (kind.name === "davitd") return;
        assert.match(
          await bench.ok("plugins", "ls", "-d"),
          /^Error:\n {2}Code: +\w+\n {2}Message: +.*skip plugin/m,
        );
      });

      test("version names both", async () => {
        assert.match(
          await bench.ok("version"),
          /^Client:\n {2}Version: +\d+\.\d+\.\d+\n\nServer:\n {2}Version: +v?\d+\.\d+\.\d+\n/,
        );
        const facts = JSON.parse(await bench.ok("version", "--format", "json")) as {
          server: { version: string };
        };
        assert.equal(`${facts.server.version}\n`, await bench.ok("version", "-q"));
      });
    });

    test("events are printed as they happen, until interrupted", async () => {
      const running = bench.start("events", `namespace==${bench.daemon.namespace}`);
      const json = bench.start("--format", "json", "events", 'topic=="/tasks/exit"');
      await setTimeout(1000);
      await run("--name", "seen", bench.image, "true");
      await running.saw(/\/containers\/delete/);
      await json.saw(/exit/);
      running.child.kill("SIGINT");
      json.child.kill("SIGTERM");
      assert.deepEqual([await running.ended, await json.ended], [130, 143]);
      assert.match(running.stdout(), /^\d{4}-.*Z test-\w+ \/containers\/create \{"id":"seen",.*\}$/m);
      assert.match(running.stdout(), /^\S+ \S+ \/tasks\/exit \{.*"container_id":"seen".*\}$/m);
      const [line = ""] = json.stdout().split("\n");
      assert.equal((JSON.parse(line) as { topic: string }).topic, "/tasks/exit");
    });
  });
}

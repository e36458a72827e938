// Everything here runs against the newest containerd, unmodified.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { PassThrough, Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { packAny } from "@davit/typeurl";
import {
  isAlreadyExists,
  isFailedPrecondition,
  isInvalidArgument,
  isNotFound,
  isUnavailable,
} from "@davit/errdefs";
import { withEnv, withTty } from "@davit/oci";
import {
  connect,
  MessageStream,
  type Client,
  type DaemonEvent,
  type Task,
  type TransferProgress,
} from "@davit/client";
import {
  buildBusyboxImage,
  containerdPrograms,
  runQuickly,
  pushImage,
  REGISTRY_CREDENTIALS,
  startRegistry,
} from "@davit/test-support";
import { create } from "@bufbuild/protobuf";
import { OptionsSchema } from "@davit/api/runc";
import { collect, daemonMissing, startBench, type Bench } from "./testing/daemons.ts";

describe("against containerd", { skip: daemonMissing }, () => {
  let bench: Bench;
  let client: Client;
  before(async () => {
    bench = await startBench();
    ({ client } = bench);
    await client.pull(bench.reference);
  });
  after(() => bench?.[Symbol.asyncDispose]());

  /** Runs a command in the test image; its output and exit code. */
  const run = async (args: string[], options: Partial<Parameters<Client["run"]>[0]> = {}) => {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const texts = Promise.all([collect(stdout), collect(stderr)]);
    const code = await client
      .run({ image: bench.reference, args, stdout, stderr, ...options })
      .finally(() => {
        stdout.end();
        stderr.end();
      });
    const [out, err] = await texts;
    return { code, out, err };
  };

  describe("daemon", () => {
    test("version() and ready() answer", async () => {
      await client.ready();
      assert.equal((await client.version()).version, "v2.4.2");
    });

    test("plugins() lists and filters", async () => {
      const all = await client.plugins();
      assert.ok(all.length > 25);
      const [overlay, ...more] = await client.plugins({ filters: ["id==overlayfs"] });
      assert.equal(overlay?.type, "io.containerd.snapshotter.v1");
      assert.deepEqual(more, []);
    });

    test("calls go to the session's namespace, and to another on request", async () => {
      assert.deepEqual(await client.inNamespace("elsewhere").images(), []);
      assert.deepEqual((await client.services.images.list({}, { namespace: "elsewhere" })).images, []);
      assert.equal((await client.images()).length, 1);
      assert.ok((await client.namespaces()).some(({ name }) => name === client.namespace));
    });

    test("a daemon that is not there is Unavailable", async () => {
      using nobody = connect({ address: `${bench.containerd.directory}/nobody.sock` });
      await assert.rejects(nobody.ready(200), isUnavailable);
    });

    test("withLease() keeps a lease while it is needed", async () => {
      const ids = () => client.services.leases.list({}).then(({ leases }) => leases.map(({ id }) => id));
      const inside = await client.withLease(async (lease) => {
        assert.ok((await ids()).includes(lease));
        return lease;
      });
      assert.ok(!(await ids()).includes(inside));
    });
  });

  describe("pull", () => {
    test("reports every layer up to its end, and returns the image", async () => {
      // Where no snapshot is there yet: of layers that are unpacked already the daemon says nothing.
      const fresh = client.inNamespace(`${client.namespace}-fresh`);
      const { reference } = bench;
      const seen: TransferProgress[] = [];
      const image = await fresh.pull(reference, { onProgress: (progress) => seen.push(progress) });
      assert.equal(image.name, reference);
      assert.match(seen[0]?.event ?? "", /^Resolving/);
      const layers = new Set(seen.flatMap(({ name }) => (name.startsWith("layer-") ? [name] : [])));
      assert.equal(layers.size, 2);
      for (const { progress, total } of seen) assert.ok(progress <= total || total === 0);
      assert.ok(seen.some(({ event }) => event.startsWith("Completed pull")));
    });

    test("unpacks, so that the top snapshot is there", async () => {
      const { chainId } = await client.resolve(await client.image(bench.reference));
      const names: string[] = [];
      for await (const { name } of client.snapshots()) names.push(name);
      assert.ok(names.includes(chainId));
    });

    test("takes the platform that is asked for", async () => {
      const reference = await pushImage(
        bench.registry,
        "test/multi:1",
        buildBusyboxImage({ platforms: ["linux/amd64", "linux/s390x"], compression: "zstd" }),
      );
      const image = await client.pull(reference, { platform: "linux/s390x", unpack: false });
      const { config } = await client.resolve(image, { platform: "linux/s390x" });
      assert.equal(config.architecture, "s390x");
      await assert.rejects(client.resolve(image, { platform: "linux/riscv64" }), isNotFound);
    });

    test("unpacks into a snapshotter that the transfer service does not serve, when a container needs it", async () => {
      assert.equal((await run(["cat", "/etc/motd"], { snapshotter: "native" })).out, "layer 2\n");
    });

    test("gives credentials when the registry asks, and fails without", async () => {
      await using registry = await startRegistry({ auth: true });
      const reference = await pushImage(registry, "secret:1", buildBusyboxImage(), REGISTRY_CREDENTIALS);
      await assert.rejects(client.pull(reference), /401|authorization/i);
      const asked: string[] = [];
      await client.pull(reference, {
        credentials: ({ host }) => {
          asked.push(host);
          return REGISTRY_CREDENTIALS;
        },
      });
      assert.deepEqual([...new Set(asked)], [registry.host]);
      const wrong = { ...REGISTRY_CREDENTIALS, password: "shut sesame" };
      await client.removeImage(reference);
      await assert.rejects(
        client.pull(reference.replace(":1", ":2"), { credentials: wrong }),
        /401|authorization/i,
      );
    });

    test("fails when the credentials cannot be had", async () => {
      await using registry = await startRegistry({ auth: true });
      const credentials = () => {
        throw new Error("the safe is locked");
      };
      await assert.rejects(client.pull(`${registry.host}/a:1`, { credentials }), /the safe is locked/);
    });

    test("of what the registry lacks is NotFound", async () => {
      await assert.rejects(client.pull(`${bench.registry.host}/no/such:1`), isNotFound);
    });

    test("is given up on abort", async () => {
      const reason = new Error("enough");
      await assert.rejects(client.pull(bench.reference, { signal: AbortSignal.abort(reason) }), reason);
    });
  });

  describe("run", () => {
    test("gives output, exit code and the image's environment", async () => {
      const { code, out, err } = await run(["sh", "-c", "echo $GREETING; echo oops >&2; exit 7"]);
      assert.deepEqual({ code, out, err }, { code: 7, out: "hello\n", err: "oops\n" });
    });

    test("sees whiteouts and the upper layer", async () => {
      assert.equal(
        (await run(["sh", "-c", "cat /etc/motd; ls /old /opaque"])).out,
        "layer 2\n/old:\nkept\nlink\n\n/opaque:\nnew\n",
      );
    });

    test("gives a process its input, and its end", async () => {
      const { out } = await run(["sh", "-c", "cat; echo end"], { stdin: Readable.from(["in", "put\n"]) });
      assert.equal(out, "input\nend\n");
    });

    test("loses no input that ends before the process has begun to read", async () => {
      for (let times = 0; times < 5; times++)
        assert.equal((await run(["cat"], { stdin: Readable.from(["at once"]) })).out, "at once");
    });

    test("carries megabytes in both directions without loss", async () => {
      const megabytes = Buffer.alloc(3 << 20, "abcdefgh");
      const { out } = await run(["cat"], { stdin: Readable.from([megabytes]) });
      assert.equal(out.length, megabytes.length);
      assert.ok(Buffer.from(out).equals(megabytes));
    });

    test("a terminal has one output and a size", async () => {
      const { out } = await run(
        ["sh", "-c", "test -t 0 && test -t 2 && echo $TERM >&2; sleep 0.3; stty size"],
        {
          terminal: true,
          stdin: new PassThrough(),
          spec: [withTty],
          onStarted: (task: Task) => void task.resize(90, 30),
        },
      );
      assert.equal(out, "xterm\r\n30 90\r\n");
    });

    test("resolves users in the image", async () => {
      assert.equal(
        (await run(["id"], { user: "www-data" })).out,
        "uid=33(www-data) gid=33(www-data) groups=33(www-data)\n",
      );
      assert.match((await run(["id"])).out, /groups=0\(root\),10\(wheel\)/);
      await assert.rejects(run(["id"], { user: "nobody-here" }), /no users found/);
    });

    test("leaves nothing behind, whether it ran, failed or could not start", async () => {
      await run(["true"]);
      await run(["false"]);
      await assert.rejects(run(["/no/such/program"]), /no such file/);
      await assert.rejects(run(["true"], { user: "nobody-here" }), isNotFound);
      assert.deepEqual(await client.containers(), []);
      assert.deepEqual(await client.tasks(), []);
      for await (const { name, kind } of client.snapshots())
        assert.equal(kind, 3, `${name} is not committed`);
      assert.deepEqual(readdirSync(bench.containerd.fifoDir), []);
    });

    test("is killed and removed on abort", async () => {
      const aborter = new AbortController();
      const running = run(["sleep", "600"], {
        signal: aborter.signal,
        onStarted: () => aborter.abort(new Error("stop")),
      });
      await assert.rejects(running, /stop/);
      assert.deepEqual(await client.containers(), []);
    });

    test("ends when its reader goes away", async () => {
      const stdout = new PassThrough();
      stdout.once("data", () => stdout.destroy(new Error("gone")));
      const { code } = await run(["yes"], { stdout });
      assert.equal(code, 137);
    });

    test("ends although a child keeps the output open", async () => {
      const { out } = await run(["sh", "-c", "setsid sleep 600 & echo started"]);
      assert.equal(out, "started\n");
    });

    test("of an image that was not pulled is NotFound", async () => {
      await assert.rejects(
        client.run({ image: "docker.io/library/none:latest" }),
        /image "docker.io\/library\/none:latest": not found/,
      );
    });

    test("takes options of the runtime", async () => {
      const options = packAny(OptionsSchema, create(OptionsSchema, { binaryName: "/no/such/runc" }));
      await assert.rejects(run(["true"], { runtimeOptions: options }), /no\/such\/runc/);
    });
  });

  describe("container", () => {
    test("is created, started, executed in, killed and deleted", async () => {
      const container = await client.createContainer({
        id: "life",
        image: bench.reference,
        args: ["sleep", "600"],
        labels: { "a.b": "c" },
        spec: [withEnv(["COLOR=blue"])],
      });
      const { labels, image, snapshotKey } = await container.info();
      assert.deepEqual(labels, {
        "a.b": "c",
        "io.containerd.image.config.stop-signal": "SIGTERM",
        "org.example.test": "busybox",
      });
      assert.deepEqual([image, snapshotKey], [bench.reference, "life"]);
      await assert.rejects(client.createContainer({ id: "life", image: bench.reference }), isAlreadyExists);

      await using task = await container.createTask({ io: null });
      const exit = task.wait();
      const pid = await task.start();
      assert.ok(existsSync(`/proc/${pid}`));
      assert.equal((await task.pids()).length, 1);
      await assert.rejects(container.delete(), isFailedPrecondition);

      const spec = (await container.spec()).process;
      assert.ok(spec);
      await using exec = await task.exec(spec, {
        args: ["sh", "-c", "cat; echo $COLOR $MORE; id -u; pwd; exit 5"],
        env: ["MORE=x"],
        cwd: "/tmp",
        user: "www-data",
        io: { stdin: true },
      });
      const exited = exec.wait();
      await exec.start();
      const text = collect(exec.io.stdout ?? Readable.from([]));
      exec.io.stdin?.write("typed ");
      await exec.closeStdin();
      assert.equal((await exited).exitCode, 5);
      assert.equal(await text, "typed blue x\n33\n/tmp\n");
      await exec.delete();

      await assert.rejects(task.exec(spec, { args: [], io: null }), isInvalidArgument);
      await task.pause();
      await task.resume();
      await task.kill("kill");
      const { exitCode, exitedAt } = await exit;
      assert.equal(exitCode, 137);
      assert.ok(exitedAt > 0n);
      await task.delete();
      await container.delete();
      await assert.rejects(container.info(), isNotFound);
    });

    test("has the spec and the record that ctr gives it", async () => {
      const { address, namespace } = bench.containerd;
      const args = [
        "-a",
        address,
        "-n",
        namespace,
        "containers",
        "create",
        bench.reference,
        "by-ctr",
        "sleep",
        "600",
      ];
      const { code, stderr } = await runQuickly(`${containerdPrograms()}/ctr`, args);
      assert.equal(code, 0, stderr);
      const theirs = client.container("by-ctr");
      const ours = await client.createContainer({
        id: "by-us",
        image: bench.reference,
        args: ["sleep", "600"],
      });
      const renamed = JSON.stringify(await theirs.spec()).replaceAll("by-ctr", "by-us");
      assert.deepEqual(await ours.spec(), JSON.parse(renamed));
      const { labels, runtime, image, snapshotter } = await theirs.info();
      const info = await ours.info();
      assert.deepEqual(
        { labels: info.labels, runtime: info.runtime, image: info.image, snapshotter: info.snapshotter },
        { labels, runtime, image, snapshotter },
      );
      await ours.delete();
      await theirs.delete();
    });

    test("goes on without its client, and is joined again", async () => {
      const container = await client.createContainer({ id: "joined", image: bench.reference, args: ["cat"] });
      {
        const task = await container.createTask({ io: { stdin: true } });
        await task.start();
        task.io.detach();
      }
      await using task = await client.container("joined").task({ attach: { stdin: true } });
      const text = collect(task.io.stdout ?? Readable.from([]));
      task.io.stdin?.write("again\n");
      await task.closeStdin();
      const { exitCode } = await task.wait();
      assert.equal(exitCode, 0);
      await task.delete();
      assert.equal(await text, "again\n");
      await container.delete();
    });

    test("a wait is left by its signal, and goes on for others", async () => {
      const container = await client.createContainer({
        id: "waited",
        image: bench.reference,
        args: ["sleep", "600"],
      });
      await using task = await container.createTask({ io: null });
      await task.start();
      await assert.rejects(task.wait({ signal: AbortSignal.timeout(50) }), { name: "TimeoutError" });
      const exit = task.wait();
      await task.kill(9);
      assert.equal((await exit).exitCode, 137);
      await task.delete();
      await container.delete();
    });

    test("runs on, and its exit arrives, when the daemon is restarted", async () => {
      const stdout = new PassThrough();
      const text = collect(stdout);
      const script = "echo before; while [ ! -e /go ]; do sleep 0.05; done; echo after; exit 4";
      const { promise: runs, resolve } = Promise.withResolvers<Task>();
      const running = client.run({
        id: "outlives",
        image: bench.reference,
        args: ["sh", "-c", script],
        stdout,
        onStarted: resolve,
      });
      const task = await runs;
      await bench.containerd.restart("SIGKILL");
      await client.ready();
      const exec = await task.exec(
        { user: { uid: 0, gid: 0 }, cwd: "/" },
        { args: ["/bin/touch", "/go"], io: null },
      );
      const touched = exec.wait();
      await exec.start();
      assert.equal((await touched).exitCode, 0);
      assert.equal(await running, 4);
      stdout.end();
      assert.equal(await text, "before\nafter\n");
    });

    test("without a task has none", async () => {
      const container = await client.createContainer({ id: "idle", image: bench.reference });
      await assert.rejects(container.task(), isNotFound);
      assert.equal(await container.taskIfAny(), undefined);
      await container.delete({ keepSnapshot: true });
      await client.services.snapshots.remove({ snapshotter: "overlayfs", key: "idle" });
    });

    test("writes its output into a file by a log URI", async () => {
      const file = `${bench.containerd.directory}/out.log`;
      const container = await client.createContainer({
        id: "logged",
        image: bench.reference,
        args: ["echo", "logged"],
      });
      await using task = await container.createTask({ io: { logUri: `file://${file}` } });
      const exit = task.wait();
      await task.start();
      await exit;
      await task.delete();
      await container.delete();
      assert.equal(readFileSync(file, "utf8"), "logged\n");
    });
  });

  describe("events", () => {
    test("are decoded, filtered, and end with the signal", async () => {
      const aborter = new AbortController();
      const seen: DaemonEvent[] = [];
      const listening = (async () => {
        const filters = [`topic~="^/containers/",namespace==${client.namespace}`];
        for await (const event of client.events({ filters, signal: aborter.signal })) seen.push(event);
      })();
      await setTimeout(200);
      await (await client.createContainer({ id: "seen", image: bench.reference })).delete();
      for (let tries = 0; seen.length < 2 && tries < 100; tries++) await setTimeout(20);
      aborter.abort();
      await listening;
      assert.deepEqual(
        seen.map(({ topic, type, namespace }) => [topic, type, namespace]),
        [
          ["/containers/create", "containerd.events.ContainerCreate", client.namespace],
          ["/containers/delete", "containerd.events.ContainerDelete", client.namespace],
        ],
      );
      assert.equal((seen[0]?.event as { id?: string } | undefined)?.id, "seen");
      assert.ok((seen[0]?.timestamp ?? 0n) > 0n);
    });

    test("of a filter that is none fail", async () => {
      await assert.rejects(client.events({ filters: ["topic=="] }).next(), /filters: parse error/);
    });
  });

  test("images are removed by name", async () => {
    const reference = await pushImage(bench.registry, "test/removed:1", buildBusyboxImage());
    await client.pull(reference);
    await client.removeImage(reference, { sync: true });
    await assert.rejects(client.image(reference), isNotFound);
    await assert.rejects(client.removeImage(reference), isNotFound);
  });

  test("a stream has an id that the daemon knows", async () => {
    await using stream = await MessageStream.open(client, "test");
    assert.match(stream.id, /^test-/);
  });

  test("content() lists blobs", async () => {
    const digests: string[] = [];
    for await (const { digest } of client.content()) digests.push(digest);
    assert.ok(digests.includes((await client.image(bench.reference)).target?.digest ?? ""));
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { isInvalidArgument } from "@davit/errdefs";
import {
  applySpec,
  defaultSpec,
  mergeEnv,
  parseCpuList,
  withAddedCapabilities,
  withAnnotations,
  withArgs,
  withCgroup,
  withCwd,
  withDefaultUnixDevices,
  withDroppedCapabilities,
  withEnv,
  withHostname,
  withHostNetwork,
  withImageConfig,
  withMemoryLimit,
  withMounts,
  withNewPrivileges,
  withReadonlyRoot,
  withTty,
  withUser,
} from "@davit/oci";

const spec = defaultSpec({ namespace: "default", id: "web" });

test("the default spec is containerd's", () => {
  const capabilities = [
    "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FSETID CAP_FOWNER CAP_MKNOD CAP_NET_RAW CAP_SETGID CAP_SETUID CAP_SETFCAP",
    "CAP_SETPCAP CAP_NET_BIND_SERVICE CAP_SYS_CHROOT CAP_KILL CAP_AUDIT_WRITE",
  ].flatMap((line) => line.split(" "));
  assert.equal(spec.ociVersion, "1.3.0");
  assert.deepEqual(spec.root, { path: "rootfs" });
  assert.deepEqual(spec.process, {
    user: { uid: 0, gid: 0 },
    cwd: "/",
    noNewPrivileges: true,
    capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
  });
  assert.deepEqual(
    spec.mounts?.map(({ destination, type, source, options }) => [
      destination,
      type,
      source,
      options?.join(),
    ]),
    [
      ["/proc", "proc", "proc", "nosuid,noexec,nodev"],
      ["/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k"],
      ["/dev/pts", "devpts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5"],
      ["/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=65536k"],
      ["/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev"],
      ["/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro"],
      ["/run", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k"],
    ],
  );
  assert.equal(spec.linux?.cgroupsPath, "/default/web");
  assert.deepEqual(
    spec.linux?.namespaces?.map(({ type }) => type),
    ["pid", "ipc", "uts", "mount", "network"],
  );
  assert.deepEqual(spec.linux?.resources?.devices, [{ allow: false, access: "rwm" }]);
  const masked = [
    "/proc/acpi /proc/asound /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list",
    "/proc/timer_stats /proc/sched_debug /sys/firmware /sys/devices/virtual/powercap /proc/scsi",
  ].flatMap((line) => line.split(" "));
  assert.deepEqual(spec.linux?.maskedPaths?.slice(0, masked.length), masked);
  for (const path of spec.linux?.maskedPaths?.slice(masked.length) ?? [])
    assert.match(path, /thermal_throttle$/);
  assert.deepEqual(spec.linux?.readonlyPaths, [
    "/proc/bus",
    "/proc/fs",
    "/proc/irq",
    "/proc/sys",
    "/proc/sysrq-trigger",
  ]);
});

test("a list of CPUs has ranges", () => {
  assert.deepEqual(parseCpuList("0-2,7\n"), [0, 1, 2, 7]);
  assert.deepEqual(parseCpuList(""), []);
  assert.deepEqual(parseCpuList("x,3"), [3]);
});

test("an option leaves the spec it is given alone", () => {
  const before = structuredClone(spec);
  applySpec(
    spec,
    withDefaultUnixDevices,
    withTty,
    withHostNetwork("host"),
    withAddedCapabilities(["CAP_SYS_ADMIN"]),
    withMounts([{ destination: "/dev/shm", type: "bind", source: "/x" }]),
    withMemoryLimit(1),
    withReadonlyRoot,
  );
  assert.deepEqual(spec, before);
});

test("the devices every program expects are allowed, in containerd's order", () => {
  const { devices = [] } = withDefaultUnixDevices(spec).linux?.resources ?? {};
  assert.deepEqual(devices[0], { allow: false, access: "rwm" });
  assert.deepEqual(
    devices.slice(1).map(({ major, minor }) => `${major}:${minor ?? "*"}`),
    ["1:3", "1:8", "1:7", "5:0", "1:5", "1:9", "5:1", "136:*", "5:2"],
  );
  assert.ok(devices.slice(1).every(({ allow, type, access }) => allow && type === "c" && access === "rwm"));
});

test("the image's configuration gives arguments, directory and environment", () => {
  const config = { Entrypoint: ["/entry"], Cmd: ["a"], WorkingDir: "/srv", Env: ["A=1", "B=2"] };
  const { process } = withImageConfig(config)(withEnv(["B=3", "C=4"])(spec));
  assert.deepEqual(process?.args, ["/entry", "a"]);
  assert.equal(process?.cwd, "/srv");
  assert.deepEqual(process?.env, ["A=1", "B=3", "C=4"]);
});

test("arguments take the place of Cmd and follow the Entrypoint", () => {
  const config = { Entrypoint: ["/entry"], Cmd: ["a"] };
  assert.deepEqual(withImageConfig(config, { args: ["x", "y"] })(spec).process?.args, ["/entry", "x", "y"]);
});

test("an image that says nothing gets a PATH and `/`, and needs arguments", () => {
  const { process } = withImageConfig({}, { args: ["sh"] })(spec);
  assert.deepEqual(process?.env, ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]);
  assert.equal(process?.cwd, "/");
  assert.throws(() => withImageConfig({}), isInvalidArgument);
});

test("a variable replaces that of its name, or goes to the end; a name alone removes it", () => {
  assert.deepEqual(mergeEnv(["A=1", "B=2", "C=3"], ["B=x=y", "D=", "A"]), ["B=x=y", "C=3", "D="]);
  assert.deepEqual(mergeEnv(["A=1"], ["UNKNOWN"]), ["A=1"]);
});

test("a mount takes the place of the one at its destination", () => {
  const shm = { destination: "/dev/shm", type: "bind", source: "/dev/shm", options: ["rbind"] };
  const data = { destination: "/data", type: "bind", source: "/srv", options: ["rbind", "ro"] };
  const mounts = withMounts([shm, data])(spec).mounts ?? [];
  assert.equal(mounts.length, 8);
  assert.deepEqual(mounts.slice(-2), [shm, data]);
});

test("a terminal brings TERM", () => {
  const { process } = withTty(withEnv(["TERM=dumb", "A=1"])(spec));
  assert.equal(process?.terminal, true);
  assert.deepEqual(process?.env, ["TERM=xterm", "A=1"]);
});

test("the host's network brings its names, resolvers and HOSTNAME", () => {
  const { linux, mounts, process } = withHostNetwork("box")(spec);
  assert.ok(!linux?.namespaces?.some(({ type }) => type === "network"));
  assert.deepEqual(
    mounts?.slice(-2).map(({ destination, options }) => [destination, options]),
    [
      ["/etc/hosts", ["rbind", "ro"]],
      ["/etc/resolv.conf", ["rbind", "ro"]],
    ],
  );
  assert.deepEqual(process?.env, ["HOSTNAME=box"]);
});

test("capabilities are added at the end and dropped, in three sets", () => {
  const changed = applySpec(
    spec,
    withDroppedCapabilities(["CAP_CHOWN"]),
    withAddedCapabilities(["CAP_SYS_ADMIN", "CAP_KILL"]),
  ).process?.capabilities;
  assert.equal(changed?.bounding?.[0], "CAP_DAC_OVERRIDE");
  assert.equal(changed?.bounding?.at(-1), "CAP_SYS_ADMIN");
  assert.equal(changed?.bounding?.filter((name) => name === "CAP_KILL").length, 1);
  assert.deepEqual(changed?.effective, changed?.bounding);
  assert.deepEqual(changed?.permitted, changed?.bounding);
  assert.equal(changed?.inheritable, undefined);
});

test("a capability without its prefix is refused", () => {
  assert.throws(
    () => withAddedCapabilities(["SYS_ADMIN"]),
    /capabilities must be specified with 'CAP_' prefix: invalid argument/,
  );
  assert.throws(() => withDroppedCapabilities(["chown"]), isInvalidArgument);
});

test("small options set what they name", () => {
  const changed = applySpec(
    spec,
    withArgs(["true"]),
    withCwd("/tmp"),
    withUser({ uid: 1, gid: 2, additionalGids: [2] }),
    withNewPrivileges(true),
    withReadonlyRoot,
    withHostname("web"),
    withAnnotations({ a: "b" }),
    withAnnotations({ c: "d" }),
    withCgroup(""),
    withMemoryLimit(1 << 20),
  );
  assert.deepEqual(changed.process?.args, ["true"]);
  assert.equal(changed.process?.cwd, "/tmp");
  assert.deepEqual(changed.process?.user, { uid: 1, gid: 2, additionalGids: [2] });
  assert.equal(changed.process?.noNewPrivileges, false);
  assert.deepEqual(changed.root, { path: "rootfs", readonly: true });
  assert.equal(changed.hostname, "web");
  assert.deepEqual(changed.annotations, { a: "b", c: "d" });
  assert.equal(changed.linux?.cgroupsPath, "");
  assert.equal(changed.linux?.resources?.memory?.limit, 1 << 20);
});

test("options make a spec of an empty one, too", () => {
  const bare = applySpec({ ociVersion: "1.3.0" }, withArgs(["true"]), withMounts([]), withReadonlyRoot);
  assert.deepEqual(bare.process, { user: { uid: 0, gid: 0 }, cwd: "/", args: ["true"] });
  assert.deepEqual(bare.root, { path: "rootfs", readonly: true });
});

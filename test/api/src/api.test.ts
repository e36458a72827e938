import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Introspection } from "@davit/api/services/introspection";
import { createClient } from "@davit/grpc/client";
import { containerdMissing, davitdMissing, needs, pushImage, startRegistry } from "@davit/test-support";
import { titleOf, type Call, type Scenario } from "./case.ts";
import { notForContainerd } from "./cases/alone.ts";
import { diffScenarios } from "./cases/diff.ts";
import { streamingScenarios } from "./cases/streaming.ts";
import { taskScenarios } from "./cases/tasks.ts";
import { registryImages, transferScenarios } from "./cases/transfer.ts";
import { containerScenarios } from "./cases/containers.ts";
import { contentScenarios } from "./cases/content.ts";
import { eventScenarios } from "./cases/events.ts";
import { imageScenarios } from "./cases/images.ts";
import { introspectionScenarios, smallScenarios } from "./cases/introspection.ts";
import { leaseScenarios } from "./cases/leases.ts";
import { namespaceScenarios } from "./cases/namespaces.ts";
import { snapshotScenarios } from "./cases/snapshots.ts";
import { writeScenarios } from "./cases/writes.ts";
import { startContainerdWithoutGc, startDavitdWithoutGc } from "./daemons.ts";
import { formatDifference } from "./differences.ts";
import { INTENDED } from "./intended-differences.ts";
import { IntendedDifferences } from "./intended.ts";
import { compare, type Finding } from "./play.ts";
import { Session } from "./session.ts";
import { Side } from "./side.ts";

/** Where images are pulled from. */
let registry = "";

const groups: Readonly<Record<string, readonly Scenario[]>> = {
  namespaces: namespaceScenarios,
  containers: containerScenarios,
  images: imageScenarios,
  content: contentScenarios,
  writes: writeScenarios,
  snapshots: snapshotScenarios,
  leases: leaseScenarios,
  events: eventScenarios,
  introspection: introspectionScenarios,
  "version-health": smallScenarios,
  diff: diffScenarios,
  streaming: streamingScenarios,
  tasks: taskScenarios,
  transfer: transferScenarios(() => registry),
};

const INVALID_ARGUMENT = 3;
const count = (scenarios: readonly Scenario[]): number =>
  scenarios.reduce((sum, { steps }) => sum + steps.length, 0);

/** The plugin that serves a call of `containerd.services.<name>.v1`. */
const pluginOf = ({ method }: Call): string => `grpc.v1.${method.parent.typeName.split(".")[2]}`;

/** The findings by the steps they were made at. */
function report(findings: readonly Finding[]): string {
  const steps = Object.entries(Object.groupBy(findings, ({ step }) => step));
  return steps.map(([step, found = []]) => [step, ...found.map(formatDifference)].join("\n")).join("\n");
}

const skip = containerdMissing() || davitdMissing() || needs("docker-registry", "/bin/busybox");

describe("davitd answers as containerd does", { skip }, () => {
  const stack = new AsyncDisposableStack();
  const intended = new IntendedDifferences(INTENDED);
  let theirs: Side;
  let ours: Side;
  let plugins: ReadonlySet<string>;

  before(async () => {
    const images = stack.use(await startRegistry());
    for (const [name, image] of Object.entries(registryImages)) await pushImage(images, name, image);
    registry = images.host;
    const [containerd, davitd] = await Promise.all([startContainerdWithoutGc(), startDavitdWithoutGc()]);
    stack.use(containerd);
    stack.use(davitd);
    theirs = stack.use(await Side.open(containerd));
    ours = stack.use(await Side.open(davitd));
    const { plugins: all } = await createClient(Introspection, ours.channel).plugins({});
    plugins = new Set(all.filter(({ initErr }) => !initErr).map(({ type, id }) => `${type}.${id}`));
  });
  after(() => stack.disposeAsync());

  /** Why a test cannot be made yet. */
  const lacks = (uris: readonly string[]): string | undefined => {
    const missing = uris.filter((uri) => !plugins.has(`io.containerd.${uri}`));
    return missing.length > 0 ? `davitd has no ${missing.join(", ")}` : undefined;
  };

  for (const [service, scenarios] of Object.entries(groups))
    describe(`${service} (${count(scenarios)} cases)`, () => {
      for (const [index, played] of scenarios.entries())
        test(played.name, async (t) => {
          const reason = lacks(played.needs ?? []);
          if (reason !== undefined) return t.skip(reason);
          const namespace = played.runs === true ? undefined : `${service}-${index}`;
          const named = { ...played, name: `${service}: ${played.name}` };
          const findings = intended.unintended(await compare(theirs, ours, named, namespace));
          if (findings.length > 0) assert.fail(`${findings.length} differences\n${report(findings)}`);
        });
    });

  for (const [why, calls] of Object.entries(notForContainerd))
    describe(`${why} (${calls.length} cases)`, () => {
      for (const call of calls)
        test(`${call.method.parent.name}.${titleOf(call)} is InvalidArgument`, async (t) => {
          const reason = lacks([pluginOf(call)]);
          if (reason !== undefined) return t.skip(reason);
          const { code, message } = await new Session(ours, "alone").call(call);
          assert.equal(code, INVALID_ARGUMENT, message);
          assert.match(message, /\w/);
        });
    });

  test("each intended difference is met", () => {
    assert.deepEqual(
      intended.unmet.map(({ why }) => why),
      [],
    );
  });
});

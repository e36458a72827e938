import assert from "node:assert/strict";
import { test } from "node:test";
import { Namespaces } from "@davit/api/services/namespaces";
import { callsOf, scenario, type Scenario } from "./case.ts";
import { IntendedDifferences } from "./intended.ts";
import { compare, type Finding } from "./play.ts";
import { Side } from "./side.ts";
import { FakeDaemon, type Fault } from "./testing/fake-daemon.ts";

const namespaces = callsOf(Namespaces);

const played: Scenario = scenario("namespaces", [
  namespaces.create({ namespace: { name: "a", labels: { k: "v", l: "w" } } }),
  namespaces.create({ namespace: { name: "b" } }),
  namespaces.get({ name: "a" }),
  namespaces.get({ name: "absent" }),
  namespaces.list(),
  namespaces.delete({ name: "a" }),
]);

/** The findings between a daemon and one with a fault. */
async function findings(fault: Fault): Promise<Finding[]> {
  await using theirs = await FakeDaemon.start();
  await using ours = await FakeDaemon.start(fault);
  await using first = await Side.open(theirs);
  await using second = await Side.open(ours);
  return await compare(first, second, played, "compared");
}

test("daemons that do the same differ in nothing", async () => {
  assert.deepEqual(await findings({}), []);
});

const planted: readonly [string, Fault, string, string][] = [
  ["another code", { code: "NotFound" }, 'Create {"namespace":{"name":"b"}}', "code"],
  ["another text", { text: "b can not be made" }, 'Create {"namespace":{"name":"b"}}', "message"],
  ["a label that is lost", { withoutLabel: "l" }, 'Get {"name":"a"}', "responses[0].namespace.labels.l"],
  ["another order of a list", { reversed: true }, "List {}", "responses[0].namespaces[0].name"],
  ["one more in a list", { oneMore: "c" }, "List {}", "responses[0].namespaces[2]"],
  ["an event that is not told", { silent: "/namespaces/delete" }, 'Delete {"name":"a"}', "events[0]"],
  ["an event of another type", { eventType: "x.Y" }, 'Delete {"name":"a"}', "events[0].event.type_url"],
  ["an event without a time", { timeless: true }, 'Delete {"name":"a"}', "events[0].timestamp"],
];

for (const [what, fault, step, path] of planted)
  test(`${what} is found where it is`, async () => {
    const found = await findings(fault);
    assert.ok(
      found.some((finding) => finding.step === step && finding.path === path),
      JSON.stringify(found, undefined, 2),
    );
  });

test("a daemon that dies fails the comparison, and its log is shown", async () => {
  await using theirs = await FakeDaemon.start();
  await using ours = await FakeDaemon.start({ diesAt: "absent" });
  await using first = await Side.open(theirs);
  await using second = await Side.open(ours);
  await assert.rejects(compare(first, second, played, "compared"), (err: Error) => {
    assert.match(err.message, /: failed at Get \{"name":"absent"\}\nlast words$/);
    return true;
  });
});

test("what is intended is no finding, and what is intended but never met is told", async () => {
  const found = await findings({ withoutLabel: "l", reversed: true });
  const met = {
    why: "labels get lost",
    step: /^Get/,
    path: /\.labels\.l$/,
    theirs: /^"w"$/,
    ours: /^undefined$/,
  };
  const unmet = { ...met, why: "never seen", ours: /^"x"$/ };
  const intended = new IntendedDifferences([met, unmet]);
  const rest = intended.unintended(found);
  assert.ok(rest.length > 0 && rest.length < found.length, "only what matches all of an entry is intended");
  assert.ok(rest.every(({ step }) => !step.startsWith("Get")));
  assert.deepEqual(
    intended.unmet.map(({ why }) => why),
    ["never seen"],
  );
});

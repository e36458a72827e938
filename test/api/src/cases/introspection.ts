import type { DescMethod } from "@bufbuild/protobuf";
import { Health } from "@davit/api/health";
import { Introspection, PluginSchema, type PluginsResponse } from "@davit/api/services/introspection";
import { Version } from "@davit/api/services/version";
import { action, callsOf, scenario, type Call, type Scenario } from "../case.ts";
import { plainMessage, type Plain } from "../plain.ts";
import { filtersFor } from "../samples.ts";

const introspection = callsOf(Introspection);
const version = callsOf(Version);
const health = callsOf(Health);

/** A method that nobody has. */
function unknown(typeName: string, name: string): Call {
  const methods: DescMethod[] = [];
  const method = { ...Version.method.version, name, parent: { ...Version, typeName, methods } };
  methods.push(method);
  return { method, requests: [{}] };
}

const CONTENT = { type: "io.containerd.content.v1", id: "content" };
const any = (typeUrl: string, text = "") => ({ typeUrl, value: Buffer.from(text) });

/** `containerd.services.introspection.v1.Introspection`. */
export const introspectionScenarios: readonly Scenario[] = [
  scenario("the server", [
    introspection.server(),
    introspection.server({}, { namespace: "" }),
    introspection.server({}, { namespace: "not/valid" }),
  ]),
  scenario("the plugins", [
    action("each by its name", async (session) => {
      await session.must(introspection.plugins({}, { namespace: "", save: "plugins" }));
      const { plugins } = session.response<PluginsResponse>("plugins");
      const entries = plugins.map((plugin): [string, Plain] => [
        `${plugin.type}.${plugin.id}`,
        plainMessage(PluginSchema, plugin),
      ]);
      return Object.fromEntries(entries);
    }),
  ]),
  scenario("filters", [
    ...filtersFor("id", "content")
      .filter((filters) => filters.length > 0)
      // Of all that they have they would tell differently.
      .map((filters) =>
        introspection.plugins({ filters: filters.map((filter) => `type==${CONTENT.type},${filter}`) }),
      ),
    introspection.plugins({ filters: ["id==walking"] }),
    introspection.plugins({ filters: ["id==absent"] }, { namespace: "" }),
    introspection.plugins({ filters: ["platforms==linux/amd64"] }),
    introspection.plugins({ filters: ["capabilities~=/rebase/"] }),
    introspection.plugins({ filters: ["requires"] }),
    introspection.plugins({ filters: ["id==walking"] }, { namespace: "not/valid" }),
  ]),
  scenario("information of a plugin", [
    introspection.pluginInfo(CONTENT),
    introspection.pluginInfo(CONTENT, { namespace: "" }),
    introspection.pluginInfo({ type: CONTENT.type, id: "absent" }),
    introspection.pluginInfo({ type: "absent", id: "content" }),
    introspection.pluginInfo({}),
    introspection.pluginInfo({ type: CONTENT.type }),
    introspection.pluginInfo({ ...CONTENT, options: any("nobody.knows.This") }),
    introspection.pluginInfo({ ...CONTENT, options: any("containerd.types.Mount") }),
    introspection.pluginInfo({ ...CONTENT, options: any("containerd.types.RuntimeRequest") }),
    introspection.pluginInfo({ ...CONTENT, options: {} }),
    introspection.pluginInfo({ type: "absent", id: "x", options: any("nobody.knows.This") }),
    ...["overlayfs", "native"].map((id) =>
      introspection.pluginInfo({ type: "io.containerd.snapshotter.v1", id }),
    ),
  ]),
];

/** `containerd.services.version.v1.Version` and `grpc.health.v1.Health`. */
export const smallScenarios: readonly Scenario[] = [
  scenario("version", [
    version.version(),
    version.version({}, { namespace: "" }),
    version.version({}, { namespace: "not/valid" }),
    version.version({}, { lease: "absent" }),
  ]),
  scenario("what nobody serves", [
    unknown("davit.test.v1.Nothing", "Nothing"),
    unknown(Version.typeName, "Nothing"),
    unknown(`${Version.typeName}x`, "Version"),
    unknown(Version.typeName.toLowerCase(), "Version"),
    unknown(Version.typeName, "version"),
    unknown(`${Version.typeName}/Version`, "x"),
  ]),
  scenario("health", [
    health.check(),
    health.check({ service: "" }, { namespace: "" }),
    health.check({ service: "containerd.services.version.v1.Version" }),
    health.check({ service: "absent" }),
    health.list(),
    ...["", "absent"].map((service) =>
      action(`Watch ${JSON.stringify(service)}`, async (session) => {
        await using stream = session.stream(health.watch({ service }));
        const { value } = await stream.next();
        return value === undefined ? null : plainMessage(Health.method.watch.output, value);
      }),
    ),
  ]),
];

/** What the ids of containerd's deprecation warnings begin with. */
export const DEPRECATION_PREFIX = "io.containerd.deprecation/";

const instead = (property: string, table: string, use: string): string =>
  `\`${property}\` in \`[plugins."${table}"]\` is deprecated; use ${use}`;

/** The warnings there are, by what follows the prefix (reference 00 §1.6). */
const messages: Readonly<Record<string, string>> = {
  "cri-registry-mirrors": instead("registry.mirrors", "io.containerd.grpc.v1.cri", "`config_path`"),
  "cri-registry-auths": instead("registry.auths", "io.containerd.grpc.v1.cri", "image pull secrets"),
  "cri-registry-configs": instead("registry.configs", "io.containerd.grpc.v1.cri", "`config_path`"),
  "cri-cni-bin-dir": instead("cni.bin_dir", "io.containerd.cri.v1.runtime", "`cni.bin_dirs`"),
  "tracing-processor-config": instead(
    "otlp",
    "io.containerd.tracing.processor.v1",
    "the OTEL_EXPORTER_OTLP_* environment variables",
  ),
  "tracing-service-config": instead(
    "tracing",
    "io.containerd.internal.v1",
    "the OTEL_* environment variables",
  ),
  "nri-v010-plugin": "NRI plugins of version 0.1.0 are deprecated; run them through the v010-adapter plugin",
  "nri-plugin-interface": "an NRI plugin uses a deprecated interface",
  "cgroup-v1": "cgroup v1 is deprecated; boot the host with cgroup v2",
  "enable-cdi": "`enable_cdi` is deprecated; CDI is always on",
  "runc-options-task-api-address":
    "`task_api_address` in runc options is deprecated; set it in CreateTaskRequest",
  "runc-options-task-api-version":
    "`task_api_version` in runc options is deprecated; set it in CreateTaskRequest",
};

/** What a warning says; undefined for an id that is none. */
export function messageOf(id: string): string | undefined {
  if (!id.startsWith(DEPRECATION_PREFIX)) return undefined;
  const name = id.slice(DEPRECATION_PREFIX.length);
  return Object.hasOwn(messages, name) ? messages[name] : undefined;
}

/** Every id there is. */
export const deprecationIds: readonly string[] = Object.keys(messages).map(
  (name) => `${DEPRECATION_PREFIX}${name}`,
);

/** Registries of message types, for decoding `Any` and for reflection. */

import { createRegistry, type DescFile, type Registry } from "@bufbuild/protobuf";
import {
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from "@bufbuild/protobuf/wkt";
import {
  file_containerd_events_container,
  file_containerd_events_content,
  file_containerd_events_namespace,
  file_containerd_events_sandbox,
  file_containerd_events_snapshot,
  file_containerd_events_task,
  file_containerd_services_images_v1_image_events,
} from "./events.ts";
import { file_io_containerd_cgroups_v1_metrics } from "./cgroups/v1.ts";
import { file_io_containerd_cgroups_v2_metrics } from "./cgroups/v2.ts";
import { file_grpc_health_v1_health } from "./health.ts";
import { file_google_rpc_status } from "./rpc.ts";
import { file_containerd_runc_v1_options } from "./runc.ts";
import { file_containerd_runtime_bootstrap_v1_bootstrap } from "./runtime/bootstrap.ts";
import { file_containerd_runtime_sandbox_v1_sandbox } from "./runtime/sandbox.ts";
import { file_containerd_task_v2_task } from "./runtime/task-v2.ts";
import { file_containerd_task_v3_task } from "./runtime/task-v3.ts";
import { file_runtimeoptions_v1_options } from "./runtimeoptions.ts";
import { file_containerd_services_containers_v1_containers } from "./services/containers.ts";
import { file_containerd_services_content_v1_content } from "./services/content.ts";
import { file_containerd_services_diff_v1_diff } from "./services/diff.ts";
import { file_containerd_services_events_v1_events } from "./services/events.ts";
import { file_containerd_services_images_v1_images } from "./services/images.ts";
import { file_containerd_services_introspection_v1_introspection } from "./services/introspection.ts";
import { file_containerd_services_leases_v1_leases } from "./services/leases.ts";
import { file_containerd_services_mounts_v1_mounts } from "./services/mounts.ts";
import { file_containerd_services_namespaces_v1_namespaces } from "./services/namespaces.ts";
import { file_containerd_services_sandbox_v1_sandbox } from "./services/sandbox.ts";
import { file_containerd_services_snapshots_v1_snapshots } from "./services/snapshots.ts";
import { file_containerd_services_streaming_v1_streaming } from "./services/streaming.ts";
import { file_containerd_services_tasks_v1_tasks } from "./services/tasks.ts";
import { file_containerd_services_transfer_v1_transfer } from "./services/transfer.ts";
import { file_containerd_services_events_ttrpc_v1_events } from "./services/ttrpc-events.ts";
import { file_containerd_services_version_v1_version } from "./services/version.ts";
import {
  file_containerd_types_transfer_container_path,
  file_containerd_types_transfer_image_store,
  file_containerd_types_transfer_import_export,
  file_containerd_types_transfer_progress,
  file_containerd_types_transfer_registry,
  file_containerd_types_transfer_streaming,
} from "./transfer.ts";
import {
  file_containerd_types_descriptor,
  file_containerd_types_event,
  file_containerd_types_introspection,
  file_containerd_types_metrics,
  file_containerd_types_mount,
  file_containerd_types_platform,
  file_containerd_types_sandbox,
} from "./types.ts";
import { file_containerd_v1_types_task } from "./types/task.ts";

const eventFiles: readonly DescFile[] = [
  file_containerd_events_container,
  file_containerd_events_content,
  file_containerd_events_namespace,
  file_containerd_events_sandbox,
  file_containerd_events_snapshot,
  file_containerd_events_task,
  file_containerd_services_images_v1_image_events,
];

/** Every event message of containerd, `containerd.events.*` and the three image events of `containerd.services.images.v1`. */
export const eventRegistry: Registry = createRegistry(...eventFiles);

/**
 * Every message, enum and service of this package, and protobuf's well-known types that may travel in an `Any`.
 * Names are full names; resolve a type URL by what follows its last `/`, for containerd writes them without a prefix.
 */
export const allTypes: Registry = createRegistry(
  ...eventFiles,
  file_containerd_runc_v1_options,
  file_containerd_runtime_bootstrap_v1_bootstrap,
  file_containerd_runtime_sandbox_v1_sandbox,
  file_containerd_services_containers_v1_containers,
  file_containerd_services_content_v1_content,
  file_containerd_services_diff_v1_diff,
  file_containerd_services_events_ttrpc_v1_events,
  file_containerd_services_events_v1_events,
  file_containerd_services_images_v1_images,
  file_containerd_services_introspection_v1_introspection,
  file_containerd_services_leases_v1_leases,
  file_containerd_services_mounts_v1_mounts,
  file_containerd_services_namespaces_v1_namespaces,
  file_containerd_services_sandbox_v1_sandbox,
  file_containerd_services_snapshots_v1_snapshots,
  file_containerd_services_streaming_v1_streaming,
  file_containerd_services_tasks_v1_tasks,
  file_containerd_services_transfer_v1_transfer,
  file_containerd_services_version_v1_version,
  file_containerd_task_v2_task,
  file_containerd_task_v3_task,
  file_containerd_types_descriptor,
  file_containerd_types_event,
  file_containerd_types_introspection,
  file_containerd_types_metrics,
  file_containerd_types_mount,
  file_containerd_types_platform,
  file_containerd_types_sandbox,
  file_containerd_types_transfer_container_path,
  file_containerd_types_transfer_image_store,
  file_containerd_types_transfer_import_export,
  file_containerd_types_transfer_progress,
  file_containerd_types_transfer_registry,
  file_containerd_types_transfer_streaming,
  file_containerd_v1_types_task,
  file_google_rpc_status,
  file_grpc_health_v1_health,
  file_io_containerd_cgroups_v1_metrics,
  file_io_containerd_cgroups_v2_metrics,
  file_runtimeoptions_v1_options,

  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
);

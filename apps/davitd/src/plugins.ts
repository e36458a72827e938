import type { PluginDefinition } from "@davit/plugin";
import { ContentLocalPlugin } from "@davit/plugin-content-local";
import { DifferWalkingPlugin } from "@davit/plugin-differ-walking";
import { EventExchangePlugin } from "@davit/plugin-event-exchange";
import { ContentServicePlugin, GrpcContentPlugin } from "@davit/plugin-grpc-content";
import { ContainersServicePlugin, GrpcContainersPlugin } from "@davit/plugin-grpc-containers";
import { DiffServicePlugin, GrpcDiffPlugin } from "@davit/plugin-grpc-diff";
import { GrpcEventsPlugin } from "@davit/plugin-grpc-events";
import { GrpcHealthcheckPlugin } from "@davit/plugin-grpc-healthcheck";
import { GrpcImagesPlugin, ImagesServicePlugin } from "@davit/plugin-grpc-images";
import { GrpcIntrospectionPlugin, IntrospectionServicePlugin } from "@davit/plugin-grpc-introspection";
import { GrpcLeasesPlugin } from "@davit/plugin-grpc-leases";
import { GrpcNamespacesPlugin, NamespacesServicePlugin } from "@davit/plugin-grpc-namespaces";
import { GrpcSnapshotsPlugin, SnapshotsServicePlugin } from "@davit/plugin-grpc-snapshots";
import { GrpcStreamingPlugin } from "@davit/plugin-grpc-streaming";
import { GrpcTasksPlugin, TasksServicePlugin } from "@davit/plugin-grpc-tasks";
import { GrpcTransferPlugin } from "@davit/plugin-grpc-transfer";
import { GrpcVersionPlugin } from "@davit/plugin-grpc-version";
import { LeaseManagerPlugin } from "@davit/plugin-lease-manager";
import { MetadataLevelPlugin } from "@davit/plugin-metadata-level";
import { RuntimeTaskPlugin } from "@davit/plugin-runtime-task";
import { ServerGrpcPlugin } from "@davit/plugin-server-grpc";
import { ServerTtrpcPlugin } from "@davit/plugin-server-ttrpc";
import { ShimManagerPlugin } from "@davit/plugin-shim-manager";
import { NativePlugin } from "@davit/plugin-snapshotter-native";
import { OverlayfsPlugin } from "@davit/plugin-snapshotter-overlayfs";
import { StreamingManagerPlugin } from "@davit/plugin-streaming-manager";
import { TransferLocalPlugin } from "@davit/plugin-transfer-local";
import { WarningDeprecationsPlugin } from "@davit/plugin-warning-deprecations";

/** The daemon: these plugins, and nothing else. Without a line, that plugin is gone and nothing more. */
export const plugins: readonly PluginDefinition[] = [
  // What keeps things.
  ContentLocalPlugin,
  OverlayfsPlugin,
  NativePlugin,
  MetadataLevelPlugin,
  EventExchangePlugin,
  LeaseManagerPlugin,
  WarningDeprecationsPlugin,

  // What works on it.
  DifferWalkingPlugin,
  ShimManagerPlugin,
  RuntimeTaskPlugin,
  StreamingManagerPlugin,
  TransferLocalPlugin,

  // What clients call: each API's part for this process, and its part on the wire.
  ContainersServicePlugin,
  GrpcContainersPlugin,
  ContentServicePlugin,
  GrpcContentPlugin,
  DiffServicePlugin,
  GrpcDiffPlugin,
  GrpcEventsPlugin,
  GrpcHealthcheckPlugin,
  ImagesServicePlugin,
  GrpcImagesPlugin,
  IntrospectionServicePlugin,
  GrpcIntrospectionPlugin,
  GrpcLeasesPlugin,
  NamespacesServicePlugin,
  GrpcNamespacesPlugin,
  SnapshotsServicePlugin,
  GrpcSnapshotsPlugin,
  GrpcStreamingPlugin,
  TasksServicePlugin,
  GrpcTasksPlugin,
  GrpcTransferPlugin,
  GrpcVersionPlugin,

  // Where they call it.
  ServerGrpcPlugin,
  ServerTtrpcPlugin,
];

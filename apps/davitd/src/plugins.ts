import type { PluginDefinition } from "@davit/plugin";
import { ContentLocalPlugin } from "@davit/plugin-content-local";
import { EventExchangePlugin } from "@davit/plugin-event-exchange";
import { ContentServicePlugin, GrpcContentPlugin } from "@davit/plugin-grpc-content";
import { ContainersServicePlugin, GrpcContainersPlugin } from "@davit/plugin-grpc-containers";
import { GrpcEventsPlugin } from "@davit/plugin-grpc-events";
import { GrpcHealthcheckPlugin } from "@davit/plugin-grpc-healthcheck";
import { GrpcImagesPlugin, ImagesServicePlugin } from "@davit/plugin-grpc-images";
import { GrpcIntrospectionPlugin, IntrospectionServicePlugin } from "@davit/plugin-grpc-introspection";
import { GrpcLeasesPlugin } from "@davit/plugin-grpc-leases";
import { GrpcNamespacesPlugin, NamespacesServicePlugin } from "@davit/plugin-grpc-namespaces";
import { GrpcSnapshotsPlugin, SnapshotsServicePlugin } from "@davit/plugin-grpc-snapshots";
import { GrpcVersionPlugin } from "@davit/plugin-grpc-version";
import { LeaseManagerPlugin } from "@davit/plugin-lease-manager";
import { MetadataLevelPlugin } from "@davit/plugin-metadata-level";
import { ServerGrpcPlugin } from "@davit/plugin-server-grpc";
import { ServerTtrpcPlugin } from "@davit/plugin-server-ttrpc";
import { NativePlugin } from "@davit/plugin-snapshotter-native";
import { OverlayfsPlugin } from "@davit/plugin-snapshotter-overlayfs";
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

  // What clients call: each API's part for this process, and its part on the wire.
  ContainersServicePlugin,
  GrpcContainersPlugin,
  ContentServicePlugin,
  GrpcContentPlugin,
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
  GrpcVersionPlugin,

  // Where they call it.
  ServerGrpcPlugin,
  ServerTtrpcPlugin,
];

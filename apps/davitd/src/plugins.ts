import { ContentLocalPlugin } from "@davit/plugin-content-local";
import { ContentServicePlugin, GrpcContentPlugin } from "@davit/plugin-grpc-content";
import { GrpcHealthcheckPlugin } from "@davit/plugin-grpc-healthcheck";
import { GrpcVersionPlugin } from "@davit/plugin-grpc-version";
import { MetadataLevelPlugin } from "@davit/plugin-metadata-level";
import { ServerGrpcPlugin } from "@davit/plugin-server-grpc";
import { ServerTtrpcPlugin } from "@davit/plugin-server-ttrpc";
import { NativePlugin } from "@davit/plugin-snapshotter-native";
import { OverlayfsPlugin } from "@davit/plugin-snapshotter-overlayfs";
import type { PluginDefinition } from "@davit/plugin";

/** The daemon: these plugins, and nothing else. Without a line, that plugin is gone and nothing more. */
export const plugins: readonly PluginDefinition[] = [
  ContentLocalPlugin,
  OverlayfsPlugin,
  NativePlugin,
  MetadataLevelPlugin,

  ContentServicePlugin,
  GrpcContentPlugin,
  GrpcHealthcheckPlugin,
  GrpcVersionPlugin,

  ServerGrpcPlugin,
  ServerTtrpcPlugin,
];

import { Snapshots } from "@davit/api/services/snapshots";
import { snapshotsService } from "@davit/plugin-grpc-snapshots";
import type { Snapshotter } from "@davit/snapshots";
import { serve as serveService, type Served } from "@davit/test-support/serve";

/** Serves a snapshotter under the name `memory`, on loopback. */
export const serve = (snapshotter: Snapshotter): Promise<Served<typeof Snapshots>> =>
  serveService(Snapshots, snapshotsService(new Map([["memory", snapshotter]])));

/** containerd's plugins by URI and what they require, by the short names of the types (reference 00 §3). */
export const REFERENCE: ReadonlyMap<string, readonly string[]> = new Map(
  `
content.v1.content
event.v1.exchange
warning.v1.deprecations
snapshotter.v1.overlayfs
snapshotter.v1.native
metadata.v1.bolt                   Content Event Snapshot
gc.v1.scheduler                    Metadata
lease.v1.manager                   Metadata GC
mount-manager.v1.bolt              Metadata MountHandler
differ.v1.walking                  Metadata MountManager
sandbox.store.v1.local             Metadata
streaming.v1.manager               Metadata
image-verifier.v1.bindir
transfer.v1.local                  Lease Metadata Diff ImageVerifier Snapshot
shim.v1.manager                    Event Metadata
runtime.v2.task                    Shim MountManager Warning
service.v1.containers-service      Event Metadata
service.v1.content-service         Metadata
service.v1.diff-service            Diff
service.v1.images-service          Metadata GC Warning
service.v1.introspection-service   Warning
service.v1.namespaces-service      Event Metadata
service.v1.snapshots-service       Metadata
service.v1.tasks-service           Event RuntimeV2 Metadata TaskMonitor Warning
grpc.v1.containers                 Service
grpc.v1.content                    Service
grpc.v1.diff                       Service
grpc.v1.events                     Event
grpc.v1.healthcheck
grpc.v1.images                     Service
grpc.v1.introspection              Service
grpc.v1.leases                     Lease
grpc.v1.mounts                     MountManager
grpc.v1.namespaces                 Service
grpc.v1.sandboxes                  SandboxStore
grpc.v1.snapshots                  Service
grpc.v1.streaming                  Streaming
grpc.v1.tasks                      Service
grpc.v1.transfer                   Transfer Streaming
grpc.v1.version
server.v1.grpc                     GRPC Metrics
server.v1.ttrpc                    TTRPC GRPC
`
    .trim()
    .split("\n")
    .map((line) => {
      const [uri = "", ...requires] = line.split(/\s+/);
      return [`io.containerd.${uri}`, requires];
    }),
);

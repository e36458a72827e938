/**
 * Protobuf package `io.containerd.cgroups.v2`. Metrics of a container on a host with cgroup v2.
 * @packageDocumentation
 */

export * from "../gen/io/containerd/cgroups/v2/metrics_pb.ts";

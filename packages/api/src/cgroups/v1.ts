/**
 * Protobuf package `io.containerd.cgroups.v1`. Metrics of a container on a host with cgroup v1.
 * @packageDocumentation
 */

export * from "../gen/io/containerd/cgroups/v1/metrics_pb.ts";

/** OCI runtime spec, JSON. */
export const OCI_SPEC_URL = "types.containerd.io/opencontainers/runtime-spec/1/Spec";
/** OCI process, JSON: what an exec runs. */
export const OCI_PROCESS_URL = "types.containerd.io/opencontainers/runtime-spec/1/Process";
/** OCI resources of Linux, JSON: what an update sets. */
export const OCI_LINUX_RESOURCES_URL = "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources";
/** OCI resources of Windows, JSON. */
export const OCI_WINDOWS_RESOURCES_URL = "types.containerd.io/opencontainers/runtime-spec/1/WindowsResources";
/** What an OCI runtime says it can do, JSON. */
export const OCI_FEATURES_URL = "types.containerd.io/opencontainers/runtime-spec/1/features/Features";
/** What the CRI keeps of a pod, JSON. */
export const CRI_SANDBOX_METADATA_URL = "github.com/containerd/cri/pkg/store/sandbox/Metadata";
/** What the CRI keeps of a container, JSON. */
export const CRI_CONTAINER_METADATA_URL = "github.com/containerd/cri/pkg/store/container/Metadata";
/** What the CRI hands to NRI on an update, JSON. */
export const CRI_UPDATED_RESOURCES_URL = "io.containerd.cri.v1/UpdatedResources";
/** The answer of a registry that was not expected, JSON: a detail of an error. */
export const UNEXPECTED_STATUS_URL =
  "github.com/containerd/containerd/v2/core/remotes/errors/ErrUnexpectedStatus";

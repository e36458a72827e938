/**
 * A command of a container that goes on for a moment after its output. `ctr` closes its pipes as soon as it hears of the end, and what is
 * still in them is lost (containerd 2.4 client/task.go Delete, pkg/cio copyIO), with every daemon: on a busy machine, now and then.
 */
export const shell = (script: string, exitCode = 0): string[] => [
  "sh",
  "-c",
  `${script}\nsleep 0.3\nexit ${exitCode}`,
];

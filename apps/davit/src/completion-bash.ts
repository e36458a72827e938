import type { Command } from "commander";
import { completionTree, type CompletedCommand } from "./completion-tree.ts";

/** How the names of things in the daemon are asked for. */
const NAMES: Readonly<Record<CompletedCommand["names"], string>> = {
  containers: " $(davit ps -a -q 2>/dev/null)",
  images: " $(davit images -q 2>/dev/null)",
  none: "",
};

/** A script for bash: commands, options, and names of containers and images. */
export function bashCompletion(program: Command): string {
  const commands = completionTree(program);
  const paths = commands.map(({ path }) => path).filter((path) => path !== "");
  return `# Completion of davit for bash: eval "$(davit completion bash)"
_davit() {
  local current=\${COMP_WORDS[COMP_CWORD]} path= word words=
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${paths.map(quoted).join(" | ")}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${commands.map(branch).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  # An image's name has colons, at which bash divides words.
  [[ $current == *:* ]] && declare -F __ltrim_colon_completions >/dev/null && __ltrim_colon_completions "$current"
  return 0
}
complete -o default -F _davit davit
`;
}

function branch({ path, words, options, names }: CompletedCommand): string {
  const list = (all: readonly { readonly word: string }[]): string => all.map(({ word }) => word).join(" ");
  return `    ${quoted(path)})
      if [[ $current == -* ]]; then words="${list(options)}"; else words="${list(words)}${NAMES[names]}"; fi ;;`;
}

const quoted = (text: string): string => `"${text}"`;

import type { Command } from "commander";
import { completionTree, type CompletedCommand, type CompletedWord } from "./completion-tree.ts";

const NAMES: Readonly<Record<CompletedCommand["names"], string>> = {
  containers: 'things=(${(f)"$(davit ps -a -q 2>/dev/null)"})',
  images: 'things=(${(f)"$(davit images -q 2>/dev/null)"})',
  none: "",
};

/** A script for zsh: commands and options with what they do, and names of containers and images. */
export function zshCompletion(program: Command): string {
  const commands = completionTree(program);
  const paths = commands.map(({ path }) => path).filter((path) => path !== "");
  return `#compdef davit
# Completion of davit for zsh: davit completion zsh > ~/.zfunc/_davit, with ~/.zfunc in fpath before compinit.
_davit() {
  local command_path= word
  local -a commands options things
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${command_path:+$command_path }$word" in
      ${paths.map(pattern).join("|")}) command_path="\${command_path:+$command_path }$word" ;;
    esac
  done
  case "$command_path" in
${commands.map(branch).join("\n")}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe -o option options
  else
    (( \${#commands} )) && _describe command commands
    (( \${#things} )) && compadd -a things
    (( \${#commands} + \${#things} )) || _files
  fi
}
if [ "$funcstack[1]" = "_davit" ]; then _davit "$@"; else compdef _davit davit; fi
`;
}

function branch({ path, words, options, names }: CompletedCommand): string {
  const lines = [
    `commands=(${words.map(described).join(" ")})`,
    `options=(${options.map(described).join(" ")})`,
    NAMES[names],
  ];
  return `    ${pattern(path)})
${lines.flatMap((line) => (line === "" ? [] : [`      ${line}`])).join("\n")}
      ;;`;
}

/** A path as a pattern of `case`: a blank is no more than itself. */
const pattern = (path: string): string => (path === "" ? "''" : `'${path}'`);

/** `word:meaning`, in single quotes. */
const described = ({ word, description }: CompletedWord): string =>
  `'${word.replaceAll(":", "\\:")}:${description.replaceAll("'", "'\\''")}'`;

/** Shells for which `mpa completion` prints a script. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

// Each asks mpa itself, which knows commands, flags and ids; where it knows nothing, files are offered.
const BASH = `_mpa() {
  local IFS=$'\\n'
  COMPREPLY=($(mpa complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _mpa mpa
`;

const ZSH = `#compdef mpa
_mpa() {
  local -a found
  found=("\${(@f)$(mpa complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then compadd -- "\${found[@]}"; else _files; fi
}
compdef _mpa mpa
`;

const FISH = `complete -c mpa -a '(mpa complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`;

/** The script of one shell, to be read by it at its start. */
export function completionScript(shell: Shell): string {
  return { bash: BASH, zsh: ZSH, fish: FISH }[shell];
}

/** What it means that a request sets such a variable. */
export const CHOOSES = 'a variable that can change which code runs';

const NAMES = new Set(
  (
    'PATH BASH_ENV ENV PERL5LIB PERL5OPT PERLLIB RUBYOPT RUBYLIB NODE_OPTIONS NODE_PATH EDITOR VISUAL PAGER MANPAGER LESSOPEN LESSCLOSE ' +
    'IFS SHELL SHELLOPTS BASHOPTS PS4 PROMPT_COMMAND CDPATH GLIBC_TUNABLES GCONV_PATH LOCPATH NLSPATH JAVA_TOOL_OPTIONS _JAVA_OPTIONS ' +
    'JDK_JAVA_OPTIONS CLASSPATH PHPRC PHP_INI_SCAN_DIR LUA_PATH LUA_CPATH LUA_INIT R_PROFILE R_PROFILE_USER R_HOME MAKEFLAGS MAKEFILES ' +
    'SUDO_ASKPASS SSH_ASKPASS BROWSER OPENSSL_CONF PSQLRC HOME XDG_CONFIG_HOME XDG_DATA_HOME CC CXX TERMINFO'
  ).split(' '),
);
const PREFIX = /^(LD_|DYLD_|PYTHON|GIT_|PSQL_|npm_config_|NPM_CONFIG_|DOCKER_|CARGO_)/;

/** Whether a variable of that name changes which code runs, or which configuration says what to run. */
export function choosesCode(name: string): boolean {
  return NAMES.has(name) || PREFIX.test(name);
}

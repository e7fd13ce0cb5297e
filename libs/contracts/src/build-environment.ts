/**
 * Variables that load code, or lead builds elsewhere than the operator has configured: whoever can set them for a build or for all programs
 * of an image decides what runs there. Case does not matter, as package managers do not mind it either.
 */
const EXACT = new Set([
  'PATH',
  'HOME',
  'IFS',
  'ENV',
  'BASH_ENV',
  'SHELLOPTS',
  'BASHOPTS',
  'PS4',
  'PROMPT_COMMAND',
  'GLIBC_TUNABLES',
  'GCONV_PATH',
  'LOCPATH',
  'NLSPATH',
  'MALLOC_TRACE',
  'NODE_OPTIONS',
  'NODE_PATH',
  'NODE_EXTRA_CA_CERTS',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'PYTHONPATH',
  'PYTHONHOME',
  'PYTHONSTARTUP',
  'PYTHONUSERBASE',
  'PYTHONEXECUTABLE',
  'PYTHONPLATLIBDIR',
  'PYTHONPYCACHEPREFIX',
  'PYTHONWARNINGS',
  'PYTHONBREAKPOINT',
  'PYTHONINSPECT',
  'PERLLIB',
  'PERL5LIB',
  'PERL5OPT',
  'PERL5DB',
  'RUBYOPT',
  'RUBYLIB',
  'GEM_PATH',
  'GEM_HOME',
  'JAVA_TOOL_OPTIONS',
  '_JAVA_OPTIONS',
  'JDK_JAVA_OPTIONS',
  'CLASSPATH',
  'LUA_INIT',
  'LUA_PATH',
  'LUA_CPATH',
  'PHPRC',
  'PHP_INI_SCAN_DIR',
  'R_PROFILE',
  'R_PROFILE_USER',
  'R_ENVIRON',
  'DOTNET_STARTUP_HOOKS',
  'DOTNET_ADDITIONAL_DEPS',
  'MONO_PATH',
  'MONO_ENV_OPTIONS',
  'APT_CONFIG',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'CURL_CA_BUNDLE',
  'REQUESTS_CA_BUNDLE',
]);
const BEGINNINGS = [
  'LD_',
  'BASH_FUNC_',
  'GIT_',
  'PIP_',
  'NPM_CONFIG_',
  'NUGET_',
  'CORECLR_',
  'COMPLUS_',
  'DPKG_',
  'UV_',
  'GANTRY_',
];

/** Whether a build's or an image's environment must not have this variable. */
export function isRefusedVariable(name: string): boolean {
  const upper = name.toUpperCase();
  return EXACT.has(upper) || upper.endsWith('_PROXY') || BEGINNINGS.some((beginning) => upper.startsWith(beginning));
}

export const REFUSED_VARIABLE = 'loads code or redirects builds and cannot be set for an image';

/**
 * Whether text in which an engine's builder fills in variables names one of those that carry mirrors and proxies, with their credentials:
 * the builder would write the value into the image. `$X`, `${X}` and `${X:-...}`, nested ones too; escaped ones count as well.
 */
export function namesProxyVariable(text: string): boolean {
  return /\$\{?[A-Za-z0-9_]*_proxy(?![A-Za-z0-9_])/i.test(text);
}

export const NAMES_PROXY_VARIABLE = 'must not name a proxy variable: its value would become part of the image';

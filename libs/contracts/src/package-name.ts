import { PACKAGE_MANAGERS, type PackageManager, type PackageSpec } from './recipe.js';

// What a package may be called and which versions may be asked for, per manager. Neither part can be taken for an option, a path, an
// address, a file, a pattern, an instruction or another package than the one named.

export const MAX_PACKAGE_TEXT = 300;

interface Grammar {
  /** What is wrong with the name; `null` = nothing. */
  name: (name: string) => string | null;
  /** What is wrong with the version; `null` = nothing. */
  version: (version: string) => string | null;
  /** Name and version of a package as people write it; `null` = has no version. */
  split: (text: string) => [name: string, version: string | null];
  /** A version as it is kept. */
  canonical: (version: string) => string;
}

export function isPackageManager(value: string): value is PackageManager {
  return (PACKAGE_MANAGERS as readonly string[]).includes(value);
}

/** One package as people write it for this manager, or the sentence that says what is wrong with it. */
export function parsePackage(manager: PackageManager, text: string): PackageSpec | string {
  const fault = textFault(text);
  if (fault !== null) return fault;
  const [name, version] = GRAMMARS[manager].split(text.trim());
  return toPackage(manager, name, version);
}

/** The same for name and version apart. A bare version of pip means exactly that one. */
export function toPackage(manager: PackageManager, name: string, version: string | null): PackageSpec | string {
  const grammar = GRAMMARS[manager];
  for (const text of version === null ? [name] : [name, version]) {
    const fault = textFault(text);
    if (fault !== null) return fault;
  }
  const nameFault = ARCHIVE.test(name) ? 'must be the name of a package, not of a file' : grammar.name(name);
  if (nameFault !== null) return nameFault;
  if (version === null) return { manager, name, version };
  const kept = grammar.canonical(version.trim());
  const versionFault = grammar.version(kept);
  return versionFault === null ? { manager, name, version: kept } : versionFault;
}

/** As people write it: what `parsePackage` understands. */
export function packageText({ manager, name, version }: PackageSpec): string {
  if (version === null) return name;
  return `${name}${{ pip: '', npm: '@', nuget: ':', apt: '=' }[manager]}${version}`;
}

function textFault(text: string): string | null {
  if (text.trim() === '') return 'must not be empty';
  if (text.length > MAX_PACKAGE_TEXT) return `must have at most ${MAX_PACKAGE_TEXT} characters`;
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text))
    return 'must not contain control characters or line breaks';
  if (/^\s*-/.test(text)) return 'must not begin with -, as an option does';
  if (/[;&`$(){}"'\\#%?]/.test(text)) return 'must not contain characters that a shell or a package manager interprets';
  if (/:\/\/|[a-z]:[a-z/]|\//i.test(text.replace(/^@[^/]*\//, '')))
    return 'must be the name of a package, not a path or an address';
  return null;
}

/** Managers take a name that ends so for a file. */
const ARCHIVE = /\.(tgz|tar|tar\.\w+|zip|whl|egg|deb|dsc|changes|nupkg)$/i;

const PIP_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const PIP_VERSION =
  /^v?(\d+!)?\d+(\.\d+)*([-_.]?(a|b|c|rc|alpha|beta|pre|preview)[-_.]?\d*)?(-\d+|[-_.]?(post|rev|r)[-_.]?\d*)?([-_.]?dev[-_.]?\d*)?(\+[a-z0-9]+([-_.][a-z0-9]+)*)?$/i;

function pipName(name: string): string | null {
  const [, base = name, extras] = /^([^[\]]*)\[([^[\]]*)\]$/.exec(name) ?? [];
  const parts = extras === undefined ? [base] : [base, ...extras.split(',').map((extra) => extra.trim())];
  if (parts.every((part) => PIP_NAME.test(part))) return null;
  return 'must be a name of PyPI: letters, digits, . _ -, and extras such as requests[socks]';
}

function pipVersion(version: string): string | null {
  for (const clause of version.split(',')) {
    const [, operator = '', wanted = ''] = /^(~=|===|==|!=|<=|>=|<|>)(.*)$/.exec(clause) ?? [];
    const prefix = operator === '==' || operator === '!=' ? wanted.replace(/\.\*$/, '') : wanted;
    if (!PIP_VERSION.test(prefix)) return 'must be a version specifier such as ==2.31.0 or >=2,<3';
  }
  return null;
}

const NPM_NAME = /^(@[A-Za-z0-9~][A-Za-z0-9._~-]*\/)?[A-Za-z0-9~][A-Za-z0-9._~-]*$/;
const NPM_PART = String.raw`(\d+|[xX*])`;
const NPM_COMPARATOR = new RegExp(
  String.raw`^(\^|~>?|>=|<=|>|<|=)?v?${NPM_PART}(\.${NPM_PART}){0,2}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`,
);

function npmName(name: string): string | null {
  if (name.length <= 214 && NPM_NAME.test(name)) return null;
  return 'must be a name of npm: letters, digits, . _ - ~, and a scope such as @types/node';
}

function npmVersion(version: string): string | null {
  if (/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(version)) return null;
  const sets = version.split('||').map((set) => set.trim());
  const fits = sets.every((set) => {
    const hyphen = set.split(/\s+-\s+/);
    const comparators = hyphen.length === 2 ? hyphen : set.replace(/([<>=^~])\s+/g, '$1').split(/\s+/);
    return comparators.every((comparator) => NPM_COMPARATOR.test(comparator));
  });
  return fits ? null : 'must be a version, a range such as ^4.17 or a tag such as latest';
}

const NUGET_ID = /^[A-Za-z0-9_]+([.-][A-Za-z0-9_]+)*$/;
const NUGET_VERSION = /^\d+(\.\d+){0,3}(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/**
 * apt-get takes apart what it knows no package of that name for: `name-` removes `name`, `name+` installs `name`, and `.` and `+` make it a
 * pattern over all names. So a name may end in `++`, as g++ does, and in no other sign, and signs may not follow signs except as ++ and --.
 */
const APT_NAME = /^[a-z0-9](?:[a-z0-9]|\+(?![.])|-(?![.+])|\.(?![.+-]))+$/;
const APT_VERSION = /^(\d{1,9}:)?\d[A-Za-z0-9.+~-]*$/;

function aptName(name: string): string | null {
  if (/-$|(^|[^+])\+$/.test(name)) return 'must not end in - or +, which apt takes for an order of its own';
  if (/[.]$/.test(name) || !APT_NAME.test(name)) return 'must be a name of Debian: at least two of a-z 0-9 + . -';
  return null;
}

function aptVersion(version: string): string | null {
  if (/[-+]$/.test(version)) return 'must not end in - or +, which apt takes for an order of its own';
  return APT_VERSION.test(version) ? null : 'must be a version of Debian such as 1.6-2.1';
}

/** Splits before the first of these signs, which belongs to the version when it is a comparison. */
function splitAt(text: string, sign: RegExp, skip: number): [string, string | null] {
  const at = text.search(sign);
  return at < 0 ? [text, null] : [text.slice(0, at).trimEnd(), text.slice(at + skip).trim()];
}

const same = (version: string): string => version;

const GRAMMARS: Record<PackageManager, Grammar> = {
  pip: {
    name: pipName,
    version: pipVersion,
    split: (text) => splitAt(text.replace(/\s*([[\],])\s*/g, '$1'), /[=<>!~]/, 0),
    canonical: (version) => {
      const tight = version.replace(/\s+/g, '');
      return /^[=<>!~]/.test(tight) ? tight : `==${tight}`;
    },
  },
  npm: {
    name: npmName,
    version: npmVersion,
    // The first sign may be that of a scope.
    split: (text) => {
      const at = text.indexOf('@', 1);
      return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
    },
    canonical: (version) => version.replace(/\s+/g, ' '),
  },
  nuget: {
    name: (name) =>
      name.length <= 100 && NUGET_ID.test(name)
        ? null
        : 'must be an id of NuGet: letters, digits and _, parted by . or -',
    version: (version) => (NUGET_VERSION.test(version) ? null : 'must be a version such as 13.0.3'),
    split: (text) => splitAt(text, /[:@]/, 1),
    canonical: same,
  },
  apt: { name: aptName, version: aptVersion, split: (text) => splitAt(text, /=/, 1), canonical: same },
};

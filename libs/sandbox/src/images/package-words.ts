import {
  AppError,
  packageText,
  parsePackage,
  toPackage,
  type PackageManager,
  type PackageSpec,
} from '@gantry/contracts';

/** The one argument by which a manager is told of a package. Requests are checked at the door; this is the last look before a build. */
export function packageWord({ manager, name, version }: PackageSpec): string {
  return wordOf(manager, name, toPackage(manager, name, version));
}

/** The same for what a runtime's definition names: `g++`, `typescript@5.9.2`. */
export function runtimeWord(manager: PackageManager, text: string): string {
  return wordOf(manager, text, parsePackage(manager, text));
}

function wordOf(manager: PackageManager, text: string, checked: PackageSpec | string): string {
  if (typeof checked !== 'string') return packageText(checked);
  throw new AppError('invalid_request', `${manager} can't be asked for ${JSON.stringify(text)}: it ${checked}`);
}

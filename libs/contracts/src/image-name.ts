/** What is wrong with a name for an image; `null` = nothing. Names are a tenant's own and never reach a registry. */
export function imageNameFault(name: string): string | null {
  const [, repository = '', tag] = /^([^:]*)(?::(.*))?$/s.exec(name) ?? [];
  if (!/^[a-z0-9]+([._-][a-z0-9]+)*$/.test(repository) || repository.length > 128) {
    return 'must be lower case letters and digits, parted by . _ or -, and a :tag if any; no registry and no path';
  }
  if (tag !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(tag)) {
    return 'must have a tag of at most 128 letters, digits, . _ and -';
  }
  if (/^(img|job|exec|file)_/.test(repository) || repository === 'sha256' || /^[0-9a-f]{7,64}$/.test(repository)) {
    return 'must not look like an id';
  }
  return null;
}

/** `name:latest` is `name`. */
export function canonicalImageName(name: string): string {
  return name.replace(/:latest$/, '');
}

export const IMAGE_ID = /^img_[0-9a-f]{32}$/;

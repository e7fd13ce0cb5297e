/**
 * What a base image is, in a word that is the same on every engine that has pulled it: its digest in the registry that `reference` names. An
 * engine keeps a digest for each name under which it has ever met the image, in no order. One that was never pulled is known by its id.
 */
export function contentOf(
  reference: string,
  { RepoDigests, Id }: { RepoDigests?: string[] | null; Id: string },
): string {
  const repository = repositoryOf(reference);
  return RepoDigests?.find((digest) => repositoryOf(digest) === repository)?.replace(/^.*@/, '') ?? Id;
}

/** `docker.io/library/debian:12` and `debian@sha256:...` are both `debian`. */
function repositoryOf(reference: string): string {
  return reference
    .replace(/@.*$/, '')
    .replace(/:[^:/]*$/, '')
    .replace(/^(index\.)?docker\.io\//, '')
    .replace(/^library\//, '');
}

/** The form of a release's id, for patterns. */
export const RELEASE_ID = "r[0-9a-f]{9}";

/** A release's id from the hash, in hexadecimal digits, of what makes it the one that it is (pure). */
export function releaseIdOf(hash: string): string {
  return `r${hash.slice(0, 9)}`;
}

/** The name that all objects of a release share (pure). */
export function bundleName(application: string, release: string): string {
  return `${application}-${release}`;
}

/** A pattern of such names, whose first group is the release's id (pure). */
export function bundlePattern(application: string): string {
  return bundleName(application, `(${RELEASE_ID})`);
}

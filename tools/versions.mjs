/** The versions this project asks for and installs. The minimum of Pulumi is the one everything here was tried with. */
export const WANTED = {
  node: { minimum: "24.3.0", install: "24.21.0" },
  pulumi: { minimum: "3.232.0", install: "3.232.0" },
};

/**
 * The three numbers of a version such as `v3.232.0`, or undefined where the text doesn't start with one. A pre-release
 * counts as the release it precedes.
 * @param {string} text
 * @returns {[number, number, number] | undefined}
 */
export function parseVersion(text) {
  const found = /^v?(\d+)\.(\d+)\.(\d+)/.exec(text.trim());
  return found === null ? undefined : [Number(found[1]), Number(found[2]), Number(found[3])];
}

/** @type {[number, number, number]} */
const NO_VERSION = [-1, -1, -1];

/**
 * Sorts versions, the older one first; what isn't a version comes before all.
 * @param {string} left
 * @param {string} right
 */
export function compareVersions(left, right) {
  const a = parseVersion(left) ?? NO_VERSION;
  const b = parseVersion(right) ?? NO_VERSION;
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/**
 * @param {string} version
 * @param {string} minimum
 */
export function isAtLeast(version, minimum) {
  return parseVersion(version) !== undefined && compareVersions(version, minimum) >= 0;
}

/**
 * The newest of these versions that is at least `minimum`.
 * @param {string[]} versions
 * @param {string} minimum
 */
export function newestAtLeast(versions, minimum) {
  return versions
    .filter((version) => isAtLeast(version, minimum))
    .sort(compareVersions)
    .at(-1);
}

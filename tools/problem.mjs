/** Exit code for what a person has to install: nothing was changed. */
export const EXIT_MISSING = 2;

/**
 * An error that is shown without its stack: what is missing, what was tried, what to install.
 * @param {string} what
 * @param {string[]} tried
 * @param {string} remedy
 */
export function missing(what, tried, remedy) {
  const error = new Error(
    [`${what} is needed and could not be installed.`, ...tried.map((line) => `  - ${line}`), `  ${remedy}`].join("\n"),
  );
  error.name = "Missing";
  return error;
}

/**
 * Why something failed, with the reason that `fetch` hides behind its own.
 * @param {unknown} error
 * @returns {string}
 */
export function reasonOf(error) {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

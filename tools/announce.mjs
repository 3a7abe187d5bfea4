const REMINDER_MS = 30_000;

/** @param {number} since */
const secondsSince = (since) => Math.round((Date.now() - since) / 1000);

/** @param {string} line */
function say(line) {
  // stdout belongs to the command that is started afterwards.
  process.stderr.write(`${line}\n`);
}

/**
 * Says what is being installed, why and how long it takes about; then, every half minute, that it is still at it; then
 * how long it took.
 * @template T
 * @param {{ what: string, why: string, about: string }} installation
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function announced({ what, why, about }, work) {
  const started = Date.now();
  say(`Installing ${what}: ${why} (about ${about})`);
  const reminder = setInterval(() => say(`  still installing ${what} (${secondsSince(started)} s)`), REMINDER_MS);
  try {
    const result = await work();
    say(`Installed ${what} in ${secondsSince(started)} s`);
    return result;
  } finally {
    clearInterval(reminder);
  }
}

/**
 * @param {string} what
 * @param {number} owner
 */
export function sayWaiting(what, owner) {
  say(`Waiting for ${what}: process ${owner} is installing it`);
}

/** @param {string} line */
export function sayNote(line) {
  say(line);
}

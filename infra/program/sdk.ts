import log from "@pulumi/pulumi/log/index.js";

/** The SDK's function that takes the stack of every promise it makes. */
const TAKES_STACKS = "debuggablePromise";

/**
 * What Pulumi's SDK does for its own debugging, left out of a program: imported first.
 *
 * It writes out the stack of every promise, mapped to sources, for a report of promises left open: a fifteenth of a preview. Node runs this program as
 * it stands, so there is nothing to map, and all other errors keep their stacks.
 */
Reflect.deleteProperty(Error, "prepareStackTrace");
if (!process.env.PULUMI_DEBUG_PROMISE_LEAKS) Error.prepareStackTrace = stackOf;
// Its debug lines show what every call has answered, secrets in clear, and the engine keeps them in its event log.
Reflect.set(log, "debug", () => Promise.resolve());

/** An error as Node writes it; nothing where the SDK keeps a stack (pure). */
function stackOf(error: Error, frames: readonly NodeJS.CallSite[]): string {
  if (frames[0]?.getFunctionName() === TAKES_STACKS) return "";
  return [String(error), ...frames.map((frame) => `    at ${frame}`)].join("\n");
}

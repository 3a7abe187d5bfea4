import { onInterruption } from "../../infra/cli/interruption.ts";

/** How a command of this repository brings a sandbox of its own up, and takes it down. */
export interface OwnSandbox {
  /** rejects where it doesn't come up, or where another one is up in its folder */
  up: () => Promise<unknown>;
  down: () => Promise<unknown>;
}

/** The first interruption rejects the promise, and so does the end of whoever reads what the command prints. */
function interruption() {
  const { promise, reject } = Promise.withResolvers<never>();
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    reject(new Error("interrupted"));
  };
  const end = onInterruption(interrupt);
  process.stdout.on("error", interrupt);
  promise.catch(() => undefined); // it may come before anybody waits for it
  return { promise, came: () => interrupted, end };
}

/**
 * Does the work in a sandbox of the command's own, and takes it down however the work ends, after a Ctrl-C too. One that didn't
 * come up is left alone: it may be another run's.
 */
export async function inOwnSandbox<T>({ up, down }: OwnSandbox, work: () => Promise<T>): Promise<T> {
  const interrupted = interruption();
  try {
    await up().catch(async (error: unknown) => {
      if (interrupted.came()) await down();
      throw error;
    });
    try {
      return await Promise.race([interrupted.promise, work()]);
    } finally {
      await down();
    }
  } finally {
    interrupted.end();
  }
}

/** How a command of this repository brings a sandbox of its own up, and takes it down. */
export interface OwnSandbox {
  /** rejects where it doesn't come up, or where another one is up in its folder */
  up: () => Promise<unknown>;
  down: () => Promise<unknown>;
}

/** The first signal of this process rejects the promise, the second one ends the process as ever. */
function interruption() {
  const { promise, reject } = Promise.withResolvers<never>();
  let came = "no";
  const interrupt = () => {
    came = "yes";
    reject(new Error("interrupted"));
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.once(signal, interrupt);
  promise.catch(() => undefined); // it may come before anybody waits for it
  return {
    promise,
    came: () => came === "yes",
    end: () => {
      for (const signal of signals) process.off(signal, interrupt);
    },
  };
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

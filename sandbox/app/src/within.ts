/**
 * Settles as `work` does, or rejects with a TimeoutError after `milliseconds`: for clients without a deadline of their own.
 */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new DOMException(`no answer within ${milliseconds} ms`, "TimeoutError"));
  }, milliseconds);
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}

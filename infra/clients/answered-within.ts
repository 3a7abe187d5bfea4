/**
 * What some work answers, within so many milliseconds. Work that doesn't answer is left behind, and goes on by itself.
 * @throws `late` where there is no answer by then
 */
export async function answeredWithin<T>(milliseconds: number, work: Promise<T>, late: Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late), milliseconds);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

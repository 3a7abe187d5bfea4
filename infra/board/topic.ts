/** Something that is read again and again while somebody listens, once for all of them. */
export interface Topic<Value> {
  /** The newest value; read now where nobody listens yet. */
  latest(): Promise<Value>;
  /** Calls back after each reading until the answer is called. */
  listen(heard: (value: Value) => void): () => void;
}

/**
 * Opens a topic.
 * @param read never rejects: what can't be read is part of the value
 * @param every milliseconds between two readings
 */
export function openTopic<Value>(read: () => Promise<Value>, every: number): Topic<Value> {
  const listeners = new Set<(value: Value) => void>();
  let reading: Promise<Value> | null = null;
  let timer: NodeJS.Timeout | null = null;
  const once = () => {
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  };
  const round = async () => {
    const value = await once();
    for (const heard of listeners) heard(value);
    if (listeners.size > 0) timer = setTimeout(round, every);
    else timer = null;
  };
  return {
    latest: once,
    listen(heard) {
      listeners.add(heard);
      timer ??= setTimeout(round, every);
      return () => {
        listeners.delete(heard);
        if (listeners.size > 0 || timer === null) return;
        clearTimeout(timer);
        timer = null;
      };
    },
  };
}

/** Topics by name; one that nobody has asked for in a while is forgotten, so that there are never many. */
export function keepTopics<Value>(most: number, open: (key: string) => Topic<Value>): (key: string) => Topic<Value> {
  const kept = new Map<string, Topic<Value>>();
  return (key) => {
    const topic = kept.get(key) ?? open(key);
    kept.delete(key);
    kept.set(key, topic);
    // Whoever listens to one that is forgotten here goes on listening to it.
    const [oldest] = kept.keys();
    if (kept.size > most && oldest !== undefined) kept.delete(oldest);
    return topic;
  };
}

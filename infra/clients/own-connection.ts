import { Agent, buildConnector, type Dispatcher } from "undici";

/** A connection for one exchange alone. */
export interface OwnConnection {
  dispatcher: Dispatcher;
  /** Whether it was made, TLS included: before that nothing is sent. */
  isMade(): boolean;
  close(): Promise<void>;
}

/** A connection that is given up where it isn't made in time, in milliseconds. */
export function openConnection(within: number): OwnConnection {
  let made = false;
  const connect = buildConnector({ timeout: within });
  const dispatcher = new Agent({
    connect(options, callback) {
      connect(options, (...result) => {
        if (result[0] === null) made = true;
        callback(...result);
      });
    },
  });
  return { dispatcher, isMade: () => made, close: () => dispatcher.destroy() };
}

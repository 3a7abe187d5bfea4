import type { RequestHandler, Response } from "express";

/** Whether connections are kept after an answer: until the drain begins. */
export interface KeepAlive {
  track: RequestHandler;
  /** From now on every answer, those under way included, tells its client to use another connection. */
  end(): void;
}

export function createKeepAlive(): KeepAlive {
  const underway = new Set<Response>();
  let ended = false;

  return {
    track: (_req, res, next) => {
      if (ended) res.setHeader("Connection", "close");
      underway.add(res);
      res.on("close", () => underway.delete(res));
      next();
    },
    end: () => {
      ended = true;
      for (const res of underway) if (!res.headersSent) res.setHeader("Connection", "close");
    },
  };
}

import type { RequestHandler } from "express";
import { type Behaviour, delayOf, exitAfter, failureShare, leakOf } from "./behaviour.ts";
import { httpFailure } from "./failures.ts";

const MEBIBYTE = 1_024 ** 2;

/** The faults of a bad version, on the stages that its behaviour names: memory that is kept, an end, a delay, a failure. Upgrades are spared. */
export function injectedFaults(behaviour: Behaviour, stage: string): RequestHandler {
  const [failing, delay] = [failureShare(behaviour, stage), delayOf(behaviour, stage)];
  const [ending, leak] = [exitAfter(behaviour, stage), leakOf(behaviour, stage)];
  const kept: Buffer[] = [];
  return (req, res, next) => {
    if (req.headers.upgrade !== undefined) return next();
    const mebibytes = leak(req.path);
    // Filled, since memory that was never written to takes up nothing.
    if (mebibytes > 0) kept.push(Buffer.alloc(mebibytes * MEBIBYTE, 1));
    if (ending(req.path) === "exit") res.once("close", () => process.exit(0));
    const answer = () =>
      failing(req.path) === "serve"
        ? next()
        : next(httpFailure(500, `version ${behaviour.version} failed this request`));
    const milliseconds = delay(req.path, performance.now());
    if (milliseconds > 0) setTimeout(answer, milliseconds);
    else answer();
  };
}

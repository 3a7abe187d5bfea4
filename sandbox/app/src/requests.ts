import { randomUUID } from "node:crypto";
import type { ErrorRequestHandler, Request, RequestHandler } from "express";
import { z } from "zod";
import { httpFailure, statusOf } from "./failures.ts";
import type { Log } from "./log.ts";

const REQUEST_ID = "x-request-id";

/** Gives each request an id (the caller's, if it looks like one), returns it to the caller, and logs the answer at `debug`. */
export function requestIds(log: Log): RequestHandler {
  return (req, res, next) => {
    const given = req.headers[REQUEST_ID];
    const requestId = typeof given === "string" && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
    res.locals.requestId = requestId;
    res.setHeader(REQUEST_ID, requestId);
    const started = performance.now();
    res.on("finish", () => {
      const milliseconds = Math.round(performance.now() - started);
      log.debug("answered", { requestId, method: req.method, path: req.path, status: res.statusCode, milliseconds });
    });
    next();
  };
}

/** Answers errors as JSON and logs those that are the service's own, with the request's id. */
export function answerErrors(log: Log): ErrorRequestHandler {
  return (error, req, res, next) => {
    const status = statusOf(error);
    const requestId = z.string().optional().parse(res.locals.requestId);
    const fields = { ...(requestId === undefined ? {} : { requestId }), method: req.method, path: req.path, status };
    if (status >= 500) log.error("request failed", { ...fields, error });
    else log.debug("request refused", { ...fields, error });
    // The session is saved behind an answer that is already under way: nothing is left to say then.
    if (res.headersSent) return res.writableEnded ? undefined : next(error);
    const message = status === 500 || !(error instanceof Error) ? "something went wrong" : error.message;
    res.status(status).json({ error: message, requestId });
  };
}

/** @throws a 400 that names each field that doesn't fit. */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`);
  throw httpFailure(400, problems.join("; "));
}

/** The id in a path. @throws a 404 where it can't be one, so that it never reaches the database. */
export function idOf(req: Request, name: string): string {
  const parsed = z.uuid().safeParse(req.params[name]);
  if (!parsed.success) throw notFound();
  return parsed.data;
}

/** The 404 of a thing that isn't there or is another user's. */
export function notFound(): Error {
  return httpFailure(404, "there is no such thing");
}

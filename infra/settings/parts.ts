import { z } from "zod";
import { duration } from "../domain/durations.ts";

/** A text of one form, and what to write where it is of another. */
export const textOf = (form: RegExp, remedy: string) => z.string().regex(form, remedy);

/** A path of a URL, without a query. */
export const urlPath = textOf(/^\/[^\s?#]*$/, `write a path that begins with "/", without a query`);

/** Milliseconds, written as a duration. */
export const positiveDuration = duration.refine((milliseconds) => milliseconds > 0, "must be longer than nothing");

/** A Prometheus metric's or label's name. */
export const label = textOf(/^[A-Za-z_][A-Za-z0-9_]*$/, "write a Prometheus label's name");

/** A port of TCP. */
export const port = z.int().min(1).max(65_535);

/** An address over TLS. */
export const httpsUrl = z.url({ protocol: /^https$/, error: `write an address that begins with "https://"` });

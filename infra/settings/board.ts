import { z } from "zod";
import { textOf } from "./parts.ts";

const isOrigin = (text: string): boolean =>
  /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;

/** How people reach the board and are known there. What proves it, the proxy's secret and tokens, stands in the service's environment. */
export const boardSchema = z.strictObject({
  /** The address at which people open it, as a browser's Origin has it. */
  origin: z.string().refine(isOrigin, `write an origin such as "https://board.example.com", without a path`).optional(),
  /** The header in which the proxy names who is signed in. */
  proxyHeader: textOf(/^[A-Za-z0-9-]+$/, `write the name of a header such as "X-Auth-Request-Email"`).optional(),
});

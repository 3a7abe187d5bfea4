import type { Field } from "./inputs.ts";
import { textsBelow } from "./walk.ts";

const WITHOUT_TLS = /(?:^|[=:]\s*["']?)redis:\/\//m;
const BASE64_OF_ONE = /^cmVkaXM6Ly/;

/** Every text of a resource's inputs that gives a Redis without TLS: the whole text, or a line that sets something to it. */
export function urlsWithoutTls(props: Field): Field[] {
  return [...textsBelow(props)]
    .filter(({ text }) => WITHOUT_TLS.test(text) || BASE64_OF_ONE.test(text))
    .map(({ field }) => field);
}

import { speaks } from "./assignments.ts";
import { entries, type Field, items, textAt } from "./inputs.ts";

const WITHOUT_TLS = /(?:^|[=:]\s*["']?)redis:\/\//m;
const BASE64_OF_ONE = /^cmVkaXM6Ly/;

/** Every text of a resource's inputs that gives a Redis without TLS: the whole text, or a line that sets something to it. */
export function urlsWithoutTls(field: Field, key = ""): Field[] {
  const text = textAt(field);
  if (text !== undefined) return WITHOUT_TLS.test(text) || BASE64_OF_ONE.test(text) ? [field] : [];
  return [
    ...items(field).flatMap((item) => urlsWithoutTls(item, key)),
    ...entries(field).flatMap(([name, value]) => (speaks(name, key) ? [] : urlsWithoutTls(value, name))),
  ];
}

/** A Pulumi program with what the pack is to refuse: each case beside what it needs, in a namespace of its own. */
import { Config } from "@pulumi/pulumi";
import { configMap, deployment, having, route, secret } from "../../policies/fixture.ts";
import { HOSTILE, withBroken } from "../../policies/hostile.ts";
import { Shown } from "./shown.ts";

/** The cases of one policy alone, where one is named. */
const only = new Config().get("only");

for (const [index, { broken, policy }] of HOSTILE.entries()) {
  if (only !== undefined && policy !== only) continue;
  const isObject = broken.type.startsWith("kubernetes:");
  for (const fixture of isObject ? withBroken(broken, [deployment, configMap, secret, route]) : [broken]) {
    const placed = isObject ? having(fixture, ["metadata", "namespace"], `case-${index}`) : fixture;
    new Shown({ ...placed, name: `${placed.name}-${index}` });
  }
}

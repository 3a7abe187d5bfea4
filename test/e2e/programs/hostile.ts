/** A Pulumi program with what the pack is to refuse: each case beside what it needs, in a namespace of its own. */
import { Config } from "@pulumi/pulumi";
import { configMap, deployment, type Fixture, having, route, secret } from "../../policies/fixture.ts";
import { HOSTILE, withBroken } from "../../policies/hostile.ts";
import { SHAPES, shapeName } from "../../policies/hostile-shapes.ts";
import { Shown } from "./shown.ts";

/** The cases of one policy alone, where one is named. */
const only = new Config().get("only");

const placed = (fixture: Fixture, namespace: string): Fixture =>
  fixture.type.startsWith("kubernetes:") ? having(fixture, ["metadata", "namespace"], namespace) : fixture;

for (const [index, { broken, policy }] of HOSTILE.entries()) {
  if (only !== undefined && policy !== only) continue;
  const isObject = broken.type.startsWith("kubernetes:");
  for (const fixture of isObject ? withBroken(broken, [deployment, configMap, secret, route]) : [broken]) {
    new Shown({ ...placed(fixture, `case-${index}`), name: `${fixture.name}-${index}` });
  }
}

for (const [index, { made, wrong, policy }] of SHAPES.entries()) {
  if (only !== undefined && policy !== only) continue;
  for (const fixture of made(wrong)) {
    new Shown({ ...placed(fixture, `shape-${index}`), name: shapeName(index, fixture) });
  }
}

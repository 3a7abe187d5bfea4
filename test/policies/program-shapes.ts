import { CONTAINER, configMap, deployment, having } from "./fixture.ts";
import { data, type Shape, workload } from "./shape-parts.ts";

/** What only the whole program shows. */
export const OF_THE_PROGRAM: readonly Shape[] = [
  {
    what: "a key of another name in a ConfigMap",
    made: (kind) =>
      [
        data({ data: { kind } }),
        having(deployment, [...CONTAINER, "env", 0], {
          name: "SESSION_STORE",
          valueFrom: { configMapKeyRef: { name: "settings", key: "kind" } },
        }),
      ].map((fixture) =>
        fixture.type === configMap.type ? having(fixture, ["metadata", "name"], "settings") : fixture,
      ),
    wrong: "memory",
    right: "redis",
    policy: "session-wiring",
    mend: /from key kind of a ConfigMap that doesn't say "redis"/,
  },
  {
    what: "a prefix before the names of a ConfigMap",
    made: (store) => [
      having(data({ data: { STORE: store } }), ["metadata", "name"], "settings"),
      having(deployment, [...CONTAINER, "envFrom"], [{ prefix: "SESSION_", configMapRef: { name: "settings" } }]),
    ],
    wrong: "memory",
    right: "redis",
    policy: "session-wiring",
    mend: /from key STORE of a ConfigMap that doesn't say "redis"/,
  },
  {
    what: "a Rollout that is told nothing",
    made: (name) =>
      [
        having(workload("kubernetes:argoproj.io/v1alpha1:Rollout", "redis"), [...CONTAINER, "env", 0, "name"], name),
      ].map((fixture) => having(fixture, [...CONTAINER, "envFrom"], [])),
    wrong: "LOG_LEVEL",
    right: "SESSION_STORE",
    policy: "session-wiring",
    mend: /don't have SESSION_STORE: set it to "redis" in env or in a ConfigMap/,
  },
];

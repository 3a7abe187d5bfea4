import assert from "node:assert/strict";
import fc from "fast-check";
import { pack } from "../../policies/pack.ts";
import { assignmentsOf } from "../../policies/reading/assignments.ts";
import { readInputs } from "../../policies/reading/inputs.ts";
import { configMap, having } from "./fixture.ts";
import { judgeProgram } from "./judging.ts";

const NAMES = new Set(["SESSION_STORE"]);
const NAME = "SESSION_STORE";
const valuesIn = (props: object) => assignmentsOf("", readInputs(props), NAMES).map(({ literal }) => literal.value);

/** One value, written in each of the ways that set a variable. */
const WAYS: readonly ((value: string) => object)[] = [
  (value) => ({ env: [{ name: NAME, value }] }),
  (value) => ({ env: { [NAME]: value } }),
  (value) => ({ environment: JSON.stringify([{ Name: NAME, Value: value }]) }),
  (value) => ({ file: `a: 1\nenv:\n  - name: ${NAME}\n    value: "${value}"\n` }),
  (value) => ({ file: `A=1\n  export ${NAME}="${value}"\nB=2\n` }),
  (value) => ({ args: ["-c", `cd /srv && ${NAME}='${value}' exec node .`] }),
  (value) => ({ args: ["run", "-e", `${NAME}=${value}`] }),
  (value) => ({ args: ["run", `--env=${NAME}=${value}`] }),
  (value) => ({ line: `process.env["${NAME}"] = '${value}'` }),
  (value) => ({ dockerfile: `FROM app\nENV ${NAME} ${value}\n` }),
  (value) => ({ binaryData: { [NAME]: Buffer.from(value).toString("base64") } }),
  (value) => ({ userData: Buffer.from(`#!/bin/sh\nexport ${NAME}=${value}\n`).toString("base64") }),
  (value) => ({ text: JSON.stringify({ text: JSON.stringify({ [NAME]: value }) }) }),
];

describe("what a resource's inputs set", () => {
  it("is found with its value, however it is written and however deep", () => {
    const values = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
    const keys = fc.array(fc.stringMatching(/^[a-c]{1,3}$/), { maxLength: 5 });
    fc.assert(
      fc.property(values, fc.constantFrom(...WAYS), keys, (value, way, path) => {
        const props = path.reduce<object>(
          (inside, key, index) => (index % 2 === 0 ? { [key]: inside } : [inside]),
          way(value),
        );
        assert.deepEqual(valuesIn(Array.isArray(props) ? { list: props } : props), [value]);
      }),
      { seed: 15, numRuns: 500 },
    );
  });

  it("isn't what is only read, compared, commented or said", () => {
    for (const props of [
      { args: ["-c", `test "$${NAME}" = memory`] },
      { args: ["-e", `if (process.env.${NAME} === "memory") exit()`] },
      { file: `# ${NAME}=memory\n// ${NAME}=memory\n` },
      { description: `never ${NAME}=memory`, tags: { [NAME]: "memory" } },
      { metadata: { annotations: { [NAME]: "memory" } } },
      { valueFrom: { secretKeyRef: { name: "app", key: NAME } } },
      { file: `OTHER_${NAME}=memory\n${NAME}_2=memory\n` },
    ]) {
      assert.deepEqual(valuesIn(props), [], JSON.stringify(props));
    }
  });

  it("takes a value from a variable as a source", () => {
    const [one] = assignmentsOf("", readInputs({ args: [`${NAME}="$KIND" node .`] }), NAMES);
    assert.deepEqual([one?.literal.value, one?.source.value], [undefined, "$KIND"]);
  });

  it("is read in texts of a megabyte, whatever runs they have", async () => {
    const size = 1_000_000;
    const runs = ["\n", " ", "=", ":", "# \n", `${NAME} `, "---\n", "\\u", "a: ", "[", "{", "A=1\n", "'", "YWFh", "$("];
    for (const run of runs) {
      const text = run.repeat(Math.ceil(size / run.length));
      await judgeProgram(pack.policies, [having(configMap, ["data", "file"], `${text}\n${NAME}=redis!`)]);
    }
  }).timeout(120_000);
});

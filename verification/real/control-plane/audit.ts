import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Has the API server write down what one user asks for: who, what and how it was answered, no body.
 * @returns the server's arguments, and its log: an event of audit.k8s.io/v1 a line
 */
export async function auditing(room: string, user: string): Promise<{ arguments: string[]; log: string }> {
  const [file, log] = [join(room, "audit-policy.json"), join(room, "audit.log")];
  const policy = {
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    omitStages: ["RequestReceived"],
    rules: [{ level: "Metadata", users: [user] }, { level: "None" }],
  };
  await writeFile(file, JSON.stringify(policy));
  return { arguments: [`--audit-policy-file=${file}`, `--audit-log-path=${log}`], log };
}

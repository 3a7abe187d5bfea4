import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { parse } from "yaml";
import { z } from "zod";

const usersSchema = z.looseObject({
  users: z
    .array(z.object({ name: z.string(), user: z.looseObject({ tokenFile: z.string().optional() }).nullish() }))
    .nullish(),
});

/** The files that a kubeconfig is read from, as kubectl finds them. */
function filesOfKubeconfig(): string[] {
  const named = (process.env.KUBECONFIG ?? "").split(delimiter).filter((file) => file !== "");
  return named.length > 0 ? named : [join(homedir(), ".kube", "config")];
}

/** The token files that a kubeconfig's text names, by user; a relative path is one from its folder (pure). */
export function tokenFilesIn(text: string, folder: string): Map<string, string> {
  const parsed = usersSchema.safeParse(parse(text));
  const users = parsed.success ? (parsed.data.users ?? []) : [];
  return new Map(
    users.flatMap(({ name, user }) =>
      user?.tokenFile === undefined ? [] : [[name, resolve(folder, user.tokenFile)] as const],
    ),
  );
}

function read(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

/**
 * Has a kubeconfig's users give the tokens of their files, as client-go does: the library reads `token-file`, which is no field of a kubeconfig
 * (its config_types.js, findToken), and leaves `tokenFile` out. The files are read again every minute, since a pod's token is replaced.
 */
export function withTokenFiles(config: KubeConfig): void {
  const files = new Map<string, string>();
  for (const file of filesOfKubeconfig()) {
    const text = read(file);
    // As with everything in several kubeconfigs, the first one that names a user counts.
    for (const [name, token] of text === null ? [] : tokenFilesIn(text, dirname(file))) {
      if (!files.has(name)) files.set(name, token);
    }
  }
  if (files.size === 0) return;
  config.users = config.users.map((user) => {
    const tokenFile = files.get(user.name);
    if (tokenFile === undefined || user.token !== undefined) return user;
    return { ...user, authProvider: { name: "tokenFile", config: { tokenFile } } };
  });
}

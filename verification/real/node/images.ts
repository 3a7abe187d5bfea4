import type { V1Container } from "@kubernetes/client-node";
import { expandReferences } from "../../../sandbox/cloud/cluster/pods/environment.ts";
import type { CommandLine } from "../../../sandbox/cloud/command-line.ts";
import type { Images } from "../../../sandbox/cloud/images.ts";

/** What a container's process is started with. */
export interface Start {
  commandLine: CommandLine;
  environment: Record<string, string>;
  folder: string;
}

/** Why a container waits for its image. */
export interface ImageProblem {
  reason: "ErrImagePull";
  message: string;
}

/** What a container runs: an image that the sandbox has built, or a program of this machine under an image's name. */
export async function startOf(
  container: V1Container,
  values: Record<string, string>,
  { images, programs, folder }: { images: Images; programs: Readonly<Record<string, string>>; folder: string },
): Promise<{ commandLine: CommandLine; folder: string } | ImageProblem> {
  const reference = container.image ?? "";
  const program = programs[reference];
  const image = program === undefined ? await images.find(reference) : undefined;
  const own = image?.start ?? (program === undefined ? undefined : { command: program, args: [] });
  if (own === undefined) return { reason: "ErrImagePull", message: `image ${reference} isn't on this machine` };
  // As the kubelet does: a command takes the place of the image's own, and so of its arguments.
  const [command = own.command, ...first] = container.command ?? [own.command, ...own.args];
  const args = [...first, ...(container.args ?? [])];
  return {
    folder: image?.folder ?? folder,
    commandLine: { command: expandReferences(command, values), args: args.map((arg) => expandReferences(arg, values)) },
  };
}

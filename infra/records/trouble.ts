import { type Exit, Refusal } from "../errors.ts";

const MEANING: Record<string, string> = {
  ENOSPC: "is full: make room",
  EFBIG: "may hold no file as large as a record: raise the limit (ulimit -f)",
  EDQUOT: "is over its quota: make room",
  EROFS: "is read-only: mount it writable",
  EACCES: "may not be written by this user: give it write permission",
  EPERM: "may not be written by this user: give it write permission",
  ENOTDIR: "is below something that is no folder: choose another",
  EIO: "can't be read or written: the disk reports an error",
};

/** Turns what the file system says into a refusal with a remedy; other errors stay as they are. */
export function troubleWith(place: string, error: unknown, exit: Exit): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return error;
  const meaning = MEANING[error.code];
  if (meaning === undefined) return error;
  const problem = `records: the record store ${place} ${meaning}, or name another (${error.code})`;
  return new Refusal({ exit, problems: [problem] });
}

import type { RecordStore } from "../../../infra/records/store.ts";

/** What is asked of a record store while a service runs, by kind. */
export const ASKED = ["newsMark", "askedToCallOff", "lease", "ofStack", "ends", "read", "append", "pages"] as const;
export type Asked = Record<(typeof ASKED)[number], number>;

export function nothingAsked(): Asked {
  return { newsMark: 0, askedToCallOff: 0, lease: 0, ofStack: 0, ends: 0, read: 0, append: 0, pages: 0 };
}

/**
 * A record store that counts what it is asked.
 * @param doing what each request is made in, such as a clock that stands still meanwhile
 */
export function countedStore(
  store: RecordStore,
  asked: Asked,
  doing: <Result>(work: () => Promise<Result>) => Promise<Result> = (work) => work(),
): RecordStore {
  const counted = <Result>(kind: keyof Asked, work: () => Promise<Result>): Promise<Result> => {
    asked[kind] += 1;
    return doing(work);
  };
  return {
    ...store,
    newsMark: (stack) => counted("newsMark", () => store.newsMark(stack)),
    askedToCallOff: (change) => counted("askedToCallOff", () => store.askedToCallOff(change)),
    lease: (stack, holder) => counted("lease", () => store.lease(stack, holder)),
    ofStack: (stack) => counted("ofStack", () => store.ofStack(stack)),
    ends: (change) => counted("ends", () => store.ends(change)),
    read: (change) => counted("read", () => store.read(change)),
    append: (change, seq, draft) => counted("append", () => store.append(change, seq, draft)),
    putPage: (change, name, text) => counted("pages", () => store.putPage(change, name, text)),
    putIndex: (text) => counted("pages", () => store.putIndex(text)),
  };
}

/** A resource, as its URN names it. */
export interface NamedResource {
  /** its own type, without those of the components that it is in */
  type: string;
  /** in the program; it may have `::` in it */
  name: string;
}

/** Reads `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME` (pure); of a text that is no URN the name is the text. */
export function resourceOf(urn: string): NamedResource {
  const [, , types = "", ...name] = urn.split("::");
  if (name.length === 0) return { type: "", name: urn };
  return { type: types.split("$").at(-1) ?? "", name: name.join("::") };
}

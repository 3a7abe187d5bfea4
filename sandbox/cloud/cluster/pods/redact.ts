const SHORTEST = 4;

/** Every form in which a secret may show: as it is, its comma-separated parts, and a URL's user name's password, raw and decoded. */
export function secretForms(values: readonly string[]): string[] {
  const forms = values.flatMap((value) => [
    value,
    ...value.split(","),
    ...urlPasswords(value),
    JSON.stringify(value).slice(1, -1),
  ]);
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST).sort((a, b) => b.length - a.length);
}

/** Takes secrets out of a text; the forms come from {@link secretForms}, longest first. */
export function redact(text: string, forms: readonly string[]): string {
  return forms.reduce((clean, form) => clean.replaceAll(form, "[secret]"), text);
}

function urlPasswords(value: string): string[] {
  const raw = /^[a-z][a-z0-9+.-]*:\/\/[^/@]*:([^/]*)@/i.exec(value)?.[1];
  if (raw === undefined) return [];
  try {
    return [raw, decodeURIComponent(raw)];
  } catch {
    return [raw];
  }
}

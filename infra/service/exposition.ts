/** A family of metrics with its samples, in Prometheus' terms. */
export interface Family {
  name: string;
  type: "gauge" | "counter" | "summary";
  help: string;
  samples: readonly Sample[];
}

export interface Sample {
  /** what is added to the family's name, such as `_sum` */
  suffix?: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

const escaped = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

function sampleLine(name: string, { suffix = "", labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, of]) => `${label}="${escaped(of)}"`);
  return `${name}${suffix}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;
}

/** Families in Prometheus' text format 0.0.4 (pure); one without a sample is left out. */
export function exposition(families: readonly Family[]): string {
  const lines = families
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, type, help, samples }) => [
      `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
      `# TYPE ${name} ${type}`,
      ...samples.map((sample) => sampleLine(name, sample)),
    ]);
  return `${lines.join("\n")}\n`;
}

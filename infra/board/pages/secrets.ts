import { formatDuration } from "../../domain/durations.ts";
import { SECRET_NAMES, type SecretName } from "../../domain/releases.ts";
import type { RotationAge } from "../../domain/rotation-age.ts";
import { type Html, html, type Inserted, moment, NOTHING, table } from "../../reports/render/markup.ts";
import { mintedBy } from "../../runner/opening/prepare-rotation.ts";
import type { Standing } from "../../runner/status.ts";
import type { Page } from "../frame.ts";
import type { Kept } from "../kept.ts";
import type { ShownSettings } from "../source.ts";

/** A stack's secrets as they were last read. */
export interface StackSecrets {
  name: string;
  seen: Kept<{ settings: ShownSettings; standing: Standing }>;
}

const TONES = { "in time": "good", "due soon": "hold", overdue: "bad" } as const;

/** How a secret comes to be rotated: by the service, or by a person with a command. */
function wayOf(
  stack: string,
  name: SecretName,
  { settings, standing }: { settings: ShownSettings; standing: Standing },
) {
  const isDue = standing.ages[name].state !== "in time" && standing.status.secrets[name].pending === null;
  const byPerson = mintedBy(settings, { secret: name, value: null }) === "operator";
  if (settings.rotation.auto.includes(name) && !byPerson) {
    return settings.stage === "production"
      ? "by the service, after staging, in the change window"
      : "by the service, in the change window";
  }
  if (!isDue) return "";
  return html`<code>runbook rotate ${name} --stack ${stack}${byPerson ? " --value-stdin" : ""}</code>`;
}

function row(stack: string, name: SecretName, seen: { settings: ShownSettings; standing: Standing }): Inserted[] {
  const { status, ages } = seen.standing;
  const { current, pending, previous } = status.secrets[name];
  const { ageDays, maxAge, rotateBy, state } = ages[name];
  return [
    html`<strong>${name}</strong>`,
    html`<span class="state ${TONES[state]}">${state}</span>`,
    `${ageDays} days of ${formatDuration(maxAge)}`,
    rotateBy,
    html`<code>${current}</code>`,
    pending ?? "",
    previous ?? "",
    wayOf(stack, name, seen),
  ];
}

function section({ name, seen }: StackSecrets, place: number): Html {
  const id = `secrets-${place}`;
  const columns = ["Secret", "State", "Age", "Rotate by", "Generation", "Coming", "Before", "To rotate it"];
  const { value, at, problem } = seen;
  const said = problem === null ? NOTHING : html`<p class="bad">${problem}</p>`;
  const shown =
    value === null
      ? html`<p>${problem === null ? "The stack is being read: reload this page in a moment." : "Nothing is known yet."}</p>`
      : table({
          caption: "Generations and their ages; the board never reads a value",
          columns,
          rows: SECRET_NAMES.map((one) => row(name, one, value)),
        });
  const read = at === null ? NOTHING : html`<p class="eyebrow">Read ${moment(new Date(at).toISOString())}</p>`;
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${name}</h2>${said}${shown}${read}</section>`;
}

/** What is due in all stacks, in a sentence (pure). */
function dueInWords(stacks: readonly StackSecrets[]): string {
  const count = (wanted: RotationAge["state"]) =>
    stacks.reduce((sum, { seen }) => {
      const { ages } = seen.value?.standing ?? { ages: null };
      return sum + (ages === null ? 0 : SECRET_NAMES.filter((name) => ages[name].state === wanted).length);
    }, 0);
  const [overdue, soon] = [count("overdue"), count("due soon")];
  if (overdue + soon === 0) return "No secret is due.";
  return `${overdue} overdue, ${soon} due within 14 days.`;
}

/** The page of all secrets' ages. */
export function secretsPage(stacks: readonly StackSecrets[]): Page {
  const body = html`<h1>Secrets: ${dueInWords(stacks)}</h1>${stacks.map(section)}`;
  return { title: "Secrets", path: "/secrets", live: null, body };
}

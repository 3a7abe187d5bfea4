import { badInput } from "../../errors.ts";

/** How each hook knows its sender; a hook without it has no route. */
export interface HookSettings {
  alertmanagerToken: string | null;
  pagerdutySecret: string | null;
  snsTopics: readonly string[];
}

const TOKEN = "RUNBOOKS_HOOK_ALERTMANAGER_TOKEN";
const SECRET = "RUNBOOKS_HOOK_PAGERDUTY_SECRET";
const TOPICS = "RUNBOOKS_HOOK_SNS_TOPICS";

const SHORTEST = 16;
const TOPIC_ARN = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+$/;

/** @throws Refusal (exit 2) with every problem at once, never a secret */
export function hookSettingsIn(env: NodeJS.ProcessEnv): HookSettings {
  const [token, secret] = [env[TOKEN] || null, env[SECRET] || null];
  const topics = (env[TOPICS] ?? "").split(",").flatMap((topic) => topic.trim() || []);
  const problems = [
    ...[
      { name: TOKEN, value: token },
      { name: SECRET, value: secret },
    ].flatMap(({ name, value }) =>
      value !== null && value.length < SHORTEST ? [`${name} is too short: write ${SHORTEST} characters at least`] : [],
    ),
    ...topics.flatMap((topic) => (TOPIC_ARN.test(topic) ? [] : [`${TOPICS}: "${topic}" is not the ARN of a topic`])),
  ];
  if (problems.length > 0) throw badInput(...problems);
  return { alertmanagerToken: token, pagerdutySecret: secret, snsTopics: topics };
}

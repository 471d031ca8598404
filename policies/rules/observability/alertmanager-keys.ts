import { type PolicyFinding, objectRule, wrong } from "../../engine/rule.ts";
import { isFields, isList, type Plain } from "../../engine/value.ts";
import { alertmanagerIn, alertmanagerKinds } from "../../shapes/alertmanager.ts";

/** Names of Alertmanager's settings that hold a credential; each has a form with `_file`, or a reference to a Secret. */
const credentials =
    /^(routing_key|service_key|api_key|api_url|auth_password|password|token|bot_token|user_key|bearer_token|secret_key|slack_api_url|opsgenie_api_key|victorops_api_key|smtp_auth_password)$/;

/** A key in a configuration is in every copy of it. The message never shows it. */
export const alertmanagerKeys = objectRule({
    name: "alertmanager-keys",
    title: "Alertmanager reads its keys from files.",
    severity: "critical",
    level: "mandatory",
    kinds: alertmanagerKinds,
    *check(object) {
        for (const { path, config } of alertmanagerIn(object)) {
            yield* keysIn(config, path);
        }
    },
});

function* keysIn(value: Plain | undefined, path: string): Generator<PolicyFinding> {
    if (isList(value)) {
        for (const [index, entry] of value.entries()) {
            yield* keysIn(entry, `${path}[${String(index)}]`);
        }
    } else if (isFields(value)) {
        for (const [key, entry] of Object.entries(value)) {
            if (credentials.test(key) && typeof entry === "string") {
                yield wrong(`${path}.${key}`, `the key ${key} stands in the configuration`, `use ${key}_file`);
            } else {
                yield* keysIn(entry, `${path}.${key}`);
            }
        }
    }
}

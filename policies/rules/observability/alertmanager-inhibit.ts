import { objectRule, wrong } from "../../engine/rule.ts";
import { list } from "../../engine/value.ts";
import { alertmanagerIn, alertmanagerKinds, either } from "../../shapes/alertmanager.ts";

/** Without `equal`, one critical alert anywhere silences warnings everywhere. */
export const alertmanagerInhibit = objectRule({
    name: "alertmanager-inhibit",
    title: "An inhibition says in which labels the two alerts have to agree.",
    severity: "high",
    level: "mandatory",
    kinds: alertmanagerKinds,
    *check(object) {
        for (const { path, config } of alertmanagerIn(object)) {
            for (const [index, inhibition] of either(config, "inhibit_rules").entries()) {
                if (list(inhibition, "equal").length === 0) {
                    yield wrong(
                        `${path}.inhibit_rules[${String(index)}].equal`,
                        "one alert silences others that have nothing to do with it",
                        "list the labels that have to be equal",
                    );
                }
            }
        }
    },
});

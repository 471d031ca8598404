import { stackRule, wrong } from "../../engine/rule.ts";
import { text } from "../../engine/value.ts";
import { onEach } from "../../shapes/each.ts";
import { autoscalerKind } from "../../shapes/workload.ts";

/** An autoscaler that points at nothing scales nothing, silently. */
export const autoscalerTarget = stackRule({
    name: "autoscaler-target",
    title: "An autoscaler points at a workload of the stack.",
    severity: "high",
    level: "mandatory",
    check: (stack) =>
        onEach(stack.ofKind(autoscalerKind), function* (autoscaler) {
            const target = (key: string) => text(autoscaler.body, "spec", "scaleTargetRef", key) ?? "";
            const [group, version] = target("apiVersion").split("/");
            const found = stack.find(`${version === undefined ? "core" : (group ?? "")}/${target("kind")}`, autoscaler.namespace, target("name"));
            if (!autoscaler.partial && found === undefined) {
                yield wrong("spec.scaleTargetRef", `there is no ${target("kind")} ${target("name")} in the stack`, "name the workload that it scales");
            }
        }),
});

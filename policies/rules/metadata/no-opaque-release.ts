import { resourceRule, wrong } from "../../engine/rule.ts";

/** A release is rendered inside the cluster's tools: no rule can see what it creates. */
export const noOpaqueRelease = resourceRule({
    name: "no-opaque-release",
    title: "No Helm release hides its objects from the checks.",
    severity: "high",
    level: "mandatory",
    types: ["kubernetes:helm.sh/v3:Release"],
    *check() {
        yield wrong(
            "chart",
            "the objects of this release can't be judged",
            "render it with kubernetes.helm.v4.Chart, whose objects are resources of their own",
        );
    },
});

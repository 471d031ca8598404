import { resourceRule, wrong } from "../../engine/rule.ts";
import { list } from "../../engine/value.ts";

/** A program that leaves a database out deletes it. Only `protect` can be seen from a policy. */
export const protectedData = resourceRule({
    name: "protected-data",
    title: "Whatever holds data is protected from deletion.",
    severity: "critical",
    level: "mandatory",
    types: [
        "kubernetes:core/v1:PersistentVolumeClaim",
        "kubernetes:apps/v1:StatefulSet",
        "kubernetes:core/v1:Namespace",
        "kafka:index/topic:Topic",
        "postgresql:index/database:Database",
        "postgresql:index/schema:Schema",
    ],
    *check(resource) {
        const holdsData = !resource.type.endsWith(":StatefulSet") || list(resource.properties, "spec", "volumeClaimTemplates").length > 0;
        if (resource.protect === false && holdsData) {
            yield wrong("", `${resource.name} holds data and is not protected`, "set the resource option protect to true");
        }
    },
});

import { objectRule, wrong } from "../../engine/rule.ts";
import type { KubernetesObject } from "../../engine/subject.ts";
import { fields, text } from "../../engine/value.ts";
import { cis, nsa } from "../../shapes/references.ts";
import { secretFields } from "../../shapes/secret-fields.ts";
import { secretInFile } from "../../shapes/secret-files.ts";
import { binaryShapeIn } from "../../shapes/secret-shapes.ts";
import { secretIn } from "../../shapes/secret-text.ts";

/** ConfigMaps, annotations and custom resources are readable by far more people and programs than Secrets are. The message never shows the value. */
export const noSecretInConfigMap = objectRule({
    name: "no-secret-in-config-map",
    title: "No secret stands in a ConfigMap, in a file of it, in an annotation or in a custom resource.",
    severity: "critical",
    level: "mandatory",
    references: [cis("5.4.1"), nsa("Authentication and authorization: secrets")],
    kinds: "*",
    *check(object) {
        if (object.kind === "ConfigMap" && object.group === "core") {
            const data = fields(object.body, "data") ?? {};
            for (const key of Object.keys(data)) {
                const content = text(data, key) ?? "";
                const why = secretIn(key, content) ?? secretInFile(key, content);
                if (why !== undefined) {
                    yield wrong(`data.${key}`, `it holds a secret in plain text: ${why}`, "put it in a Secret");
                }
            }
            const binary = fields(object.body, "binaryData") ?? {};
            for (const key of Object.keys(binary)) {
                const shape = binaryShapeIn(text(binary, key) ?? "");
                if (shape !== undefined) {
                    yield wrong(`binaryData.${key}`, `it holds a secret: ${shape}`, "put it in a Secret");
                }
            }
        }
        if (isCustom(object)) {
            for (const { path, why } of secretFields(object.body.spec, "spec")) {
                yield wrong(path, `it holds a secret in plain text: ${why}`, "put it in a Secret, and refer to it");
            }
        }
        for (const [key, value] of Object.entries(object.annotations)) {
            const why = secretIn(key, value, true);
            if (why !== undefined) {
                yield wrong("metadata.annotations", `the annotation ${key} is a secret in plain text: ${why}`, "put it in a Secret");
            }
        }
    },
});

/** Whether an object is of a kind that Kubernetes has not of itself. The groups of Kubernetes have no dot, or end with `k8s.io`, as those of a few extensions without secrets do. */
function isCustom({ group }: KubernetesObject): boolean {
    return group.includes(".") && !group.endsWith(".k8s.io");
}

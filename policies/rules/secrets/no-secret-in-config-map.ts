import { objectRule, wrong } from "../../engine/rule.ts";
import { fields, text } from "../../engine/value.ts";
import { cis, nsa } from "../../shapes/references.ts";
import { secretIn } from "../../shapes/secret-text.ts";

/** ConfigMaps and annotations are readable by far more people and programs than Secrets are. The message never shows the value. */
export const noSecretInConfigMap = objectRule({
    name: "no-secret-in-config-map",
    title: "No secret stands in a ConfigMap or in an annotation.",
    severity: "critical",
    level: "mandatory",
    references: [cis("5.4.1"), nsa("Authentication and authorization: secrets")],
    kinds: "*",
    *check(object) {
        const data = object.kind === "ConfigMap" && object.group === "core" ? (fields(object.body, "data") ?? {}) : {};
        for (const key of Object.keys(data)) {
            const why = secretIn(key, text(data, key) ?? "");
            if (why !== undefined) {
                yield wrong(`data.${key}`, `it holds a secret in plain text: ${why}`, "put it in a Secret");
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

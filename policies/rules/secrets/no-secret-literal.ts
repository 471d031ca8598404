import { objectRule, wrong } from "../../engine/rule.ts";
import { fields } from "../../engine/value.ts";
import { cis } from "../../shapes/references.ts";

/** A Secret in a rendered manifest is base64, not encryption. What a Pulumi program declares is defaults to its provider keeps the content of Secrets encrypted in the state. */
export const noSecretLiteral = objectRule({
    name: "no-secret-literal",
    title: "No rendered manifest carries the content of a Secret.",
    severity: "low",
    level: "advisory",
    references: [cis("5.4.2")],
    settings: {
        annotation: {
            type: "string",
            default: "nova.example.com/secret-source",
            description: "Annotation that says where the content comes from, such as `pulumi-secret` or `vault`",
        },
    },
    kinds: ["core/Secret"],
    *check(secret, { settings }) {
        if (secret.resource.protect !== undefined) {
            return;
        }
        const hasContent = ["data", "stringData"].some((key) => Object.keys(fields(secret.body, key) ?? {}).length > 0);
        if (hasContent && (secret.annotations[settings.annotation] ?? "") === "") {
            yield wrong("data", "the manifest carries the Secret's content", `take it from an outside store, or say in ${settings.annotation} how it is kept`);
        }
    },
});

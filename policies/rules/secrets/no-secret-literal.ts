import { objectRule, wrong } from "../../engine/rule.ts";
import { fields, has } from "../../engine/value.ts";
import { cis } from "../../shapes/references.ts";

/** A policy can't see whether Pulumi keeps a value encrypted, so it only asks: does an outside store hold these, or a generator that nobody reads? */
export const noSecretLiteral = objectRule({
    name: "no-secret-literal",
    title: "A Secret says where its content comes from: an outside store, or the program with encryption.",
    severity: "low",
    level: "advisory",
    rows: ["38"],
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
        const hasContent = ["data", "stringData"].some((key) => has(secret.body, key) && Object.keys(fields(secret.body, key) ?? {}).length > 0);
        if (hasContent && (secret.annotations[settings.annotation] ?? "") === "") {
            yield wrong("data", "the program carries the Secret's content", `take it from an outside store, or say in ${settings.annotation} how it is kept`);
        }
    },
});

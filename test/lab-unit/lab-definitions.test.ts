import { describe, expect, it } from "vitest";
import { withoutDescriptions } from "../../lab/definitions.ts";

describe("a definition without descriptions", () => {
    it("keeps everything but the descriptions of its fields", () => {
        const definition = (text: object): unknown => ({
            kind: "CustomResourceDefinition",
            spec: {
                versions: [
                    {
                        name: "v1",
                        schema: {
                            openAPIV3Schema: {
                                ...text,
                                properties: {
                                    spec: {
                                        ...text,
                                        required: ["description"],
                                        "x-kubernetes-validations": [{ rule: "self.weight >= 0", message: "weight must not be negative" }],
                                        // A field that is itself called description, with a default that holds one.
                                        properties: { description: { ...text, type: "string" }, weight: { ...text, default: { description: "kept" } } },
                                        items: { ...text, anyOf: [{ ...text, type: "integer" }] },
                                        additionalProperties: { ...text, type: "string" },
                                    },
                                },
                            },
                        },
                    },
                ],
            },
        });
        expect(withoutDescriptions(definition({ description: "Long text." }))).toEqual(definition({}));
    });
});

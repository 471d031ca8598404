import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";

import { ownedBy } from "../../../rollout/pulumi/field-owner.ts";
import { buildStack, valueAt } from "../../helpers/mocks.ts";

const annotation = "metadata.annotations[pulumi.com/patchFieldManager]";

class Group extends pulumi.ComponentResource {
    constructor(annotations?: Record<string, string>) {
        super("test:group:Group", "group", {}, { transformations: [ownedBy("pulumi-api-prod")] });
        new k8s.core.v1.ConfigMap(
            "map",
            { metadata: { name: "map", ...(annotations === undefined ? {} : { annotations }) } },
            { parent: this, ignoreChanges: ["data"] },
        );
        new k8s.core.v1.ConfigMap("generated", {}, { parent: this });
    }
}

describe("the owner of a program's fields", () => {
    it("is the same at every creation, and stays what it was for an object that is there", async () => {
        const { resources } = await buildStack(() => new Group({ note: "x" }));
        const map = resources.find(({ name }) => name === "map");
        expect(valueAt(map?.inputs, annotation)).toBe("pulumi-api-prod");
        expect(valueAt(map?.inputs, "metadata.annotations.note")).toBe("x");
        expect(map?.ignoreChanges).toEqual(["data", 'metadata.annotations["pulumi.com/patchFieldManager"]']);
    });

    it("is that of an object without metadata too, and one that names another keeps it", async () => {
        const { resources } = await buildStack(() => new Group({ "pulumi.com/patchFieldManager": "other" }));
        expect(valueAt(resources.find(({ name }) => name === "generated")?.inputs, annotation)).toBe("pulumi-api-prod");
        expect(valueAt(resources.find(({ name }) => name === "map")?.inputs, annotation)).toBe("other");
    });
});

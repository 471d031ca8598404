import { describe, expect, it } from "vitest";

import { recommendedLabels, selectorLabels } from "../../../rollout/pulumi/labels.ts";

const identity = { service: "video-ranking", component: "redis" };

describe("labels", () => {
    it("name the service, the component, and who owns the object", () => {
        expect(recommendedLabels(identity)).toEqual({
            "app.kubernetes.io/name": "video-ranking",
            "app.kubernetes.io/instance": "video-ranking-redis",
            "app.kubernetes.io/component": "redis",
            "app.kubernetes.io/part-of": "video-ranking",
            "app.kubernetes.io/managed-by": "pulumi",
        });
    });

    it("carry a version only where there is one", () => {
        expect(recommendedLabels({ ...identity, version: "v1-4-0" })["app.kubernetes.io/version"]).toBe("v1-4-0");
        expect(recommendedLabels(identity)).not.toHaveProperty(["app.kubernetes.io/version"]);
    });

    it("select by nothing that can change", () => {
        const versions = ["v1", "v2"].map((version) => recommendedLabels({ ...identity, version, partOf: version, managedBy: version }));
        for (const labels of versions) {
            expect(labels).toMatchObject(selectorLabels(identity));
        }
        expect(Object.keys(selectorLabels(identity))).not.toContain("app.kubernetes.io/version");
    });
});

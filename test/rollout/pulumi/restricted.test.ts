import { describe, expect, it } from "vitest";

import { restrictedContainer, restrictedPod, restrictedPodOf } from "../../../rollout/pulumi/restricted.ts";

describe("a restricted pod", () => {
    it("has what the Pod Security Standards ask for", () => {
        expect(restrictedPod).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
        expect(restrictedContainer).toMatchObject({ allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, readOnlyRootFilesystem: true });
    });

    it.each([0, 999, 9_999, 10_000.5])("refuses user %d", (userId) => {
        expect(() => restrictedPodOf(userId)).toThrow(`userId is ${String(userId)}: use a whole number of at least 10000`);
    });

    it("runs as the same user that owns its volumes", () => {
        expect(restrictedPodOf(10_101)).toMatchObject({ runAsUser: 10_101, runAsGroup: 10_101, fsGroup: 10_101 });
    });
});

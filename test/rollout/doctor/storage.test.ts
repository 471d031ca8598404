import { describe, expect, it } from "vitest";

import { type JudgedClass, judgeStorage } from "../../../rollout/doctor/storage.ts";

function storageClass(name: string, { isDefault = false, grows = true } = {}): JudgedClass {
    const annotations: Record<string, string> = isDefault ? { "storageclass.kubernetes.io/is-default-class": "true" } : {};
    return { metadata: { name, annotations }, provisioner: "ebs.csi.aws.com", allowVolumeExpansion: grows };
}
const fast = storageClass("fast");
const usual = storageClass("usual", { isDefault: true });

describe("the volumes of a program", () => {
    it.each([
        { what: "the cluster has a default class", classes: [fast, usual], named: undefined, state: "ok" },
        { what: "the named class is there", classes: [fast], named: "fast", state: "ok" },
        { what: "there is no default", classes: [fast], named: undefined, state: "problem" },
        { what: "there are two defaults", classes: [usual, storageClass("other", { isDefault: true })], named: undefined, state: "problem" },
        { what: "the named class is missing", classes: [usual], named: "fast", state: "problem" },
        { what: "there is no class", classes: [], named: undefined, state: "problem" },
        { what: "a volume can't grow", classes: [storageClass("gp2", { isDefault: true, grows: false })], named: undefined, state: "problem" },
    ])("are $state where $what", ({ classes, named, state }) => {
        const finding = judgeStorage(classes, { mustGrow: true, ...(named === undefined ? {} : { storageClassName: named }) });
        expect(finding.state, finding.text).toBe(state);
    });

    it("need not grow in a lab", () => {
        expect(judgeStorage([storageClass("lab", { isDefault: true, grows: false })], { mustGrow: false })).toMatchObject({
            state: "ok",
            text: expect.stringContaining("can't grow") as string,
        });
    });
});

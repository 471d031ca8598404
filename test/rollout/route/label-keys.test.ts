import { describe, expect, it } from "vitest";

import { type LabelPrefix, labelKeysOf } from "../../../rollout/route/label-keys.ts";
import { encodeRecord } from "../../../rollout/route/record.ts";
import { rollbackPatch } from "../../../rollout/route/rollback-patch.ts";
import { presentOf } from "../../../rollout/route/route.ts";
import { routeSpec } from "../../../rollout/route/route-spec.ts";
import { profile } from "../../../service/profile.ts";
import { revision, rolling } from "../arbitraries.ts";
import { design as labelled } from "./route.ts";

const { service, hostname, gateway } = labelled;
const design = { service, hostname, gateway };

/** A route at 10 % that a program with `prefix` wrote, without a rule for testers. */
const routeOf = (prefix: LabelPrefix) => ({
    metadata: { annotations: encodeRecord(rolling(10), labelKeysOf(prefix)) },
    spec: routeSpec(rolling(10), design),
});
const prefixes: readonly LabelPrefix[] = [{}, { labelPrefix: "checkout.example.com" }, { labelPrefix: "shop" }];

describe("the keys of labels and annotations", () => {
    it("begin with the library's own name where a profile says nothing", () => {
        expect(labelKeysOf({}).record.stable).toBe("progressive-rollout/stable");
    });

    it("are for this service what they were before the profile said them: a route that is live is read on", () => {
        expect(labelKeysOf(profile)).toEqual({
            revision: "nova.example.com/revision",
            revisionDigest: "nova.example.com/revision-digest",
            record: { weightPercent: "nova.example.com/rollout-percent", stable: "nova.example.com/stable", candidate: "nova.example.com/candidate" },
            previousPercent: "nova.example.com/previous-percent",
            rolledBack: "nova.example.com/rolled-back",
            testerKey: "nova.example.com/tester-key",
            demands: { soakMinutes: "nova.example.com/soak-minutes", requiredApprovals: "nova.example.com/required-approvals" },
            watcherBlind: "nova.example.com/watcher-blind",
        });
    });

    it.each(prefixes)("are read by the prefix that they were written with: %j", (prefix) => {
        const none = { ...design, gateway: { ...design.gateway, testers: { kind: "none" as const } } };
        expect(presentOf(routeOf(prefix), { ...none, profile: prefix })).toEqual({ kind: "found", present: { record: rolling(10), routedPercent: 10 } });
    });

    it.each(prefixes)("are no record for a program with another prefix, which then moves no weight forward: %j", (prefix) => {
        expect(presentOf(routeOf(prefix), labelled)).toMatchObject({ kind: "damaged" });
    });

    it.each(prefixes)("of another prefix are written by no rollback: %j", (prefix) => {
        const of = { stable: revision("v1"), candidate: revision("v2"), reason: "errors", design: { ...design, profile: prefix } };
        const patch = rollbackPatch(routeOf(prefix), of);
        const paths = patch.kind === "patch" ? patch.operations.map(({ path }) => path).filter((path) => path.startsWith("/metadata/annotations/")) : [];
        const begin = `/metadata/annotations/${prefix.labelPrefix ?? "progressive-rollout"}~1`;
        expect(paths).toContain(`${begin}rolled-back`);
        expect(paths.filter((path) => !path.startsWith(begin))).toEqual([]);
    });
});

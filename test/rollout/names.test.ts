import { readFileSync, readdirSync } from "node:fs";
import { resolve } from "node:path";

import { describe, expect, it } from "vitest";

const folder = resolve(import.meta.dirname, "../../rollout");
const thisService = /video|ranking|nova|engagement|creator|trending|similar/i;

/** Files that still name the service of this program. The list may only shrink: take a file out when it names the service no more, and put none in. */
const stillNaming = [
    "cli/preflight-secrets.ts",
    "consent/approval.ts",
    "gate/conditions/consents.ts",
    "kubernetes/live-rollout.ts",
    "pulumi/rollout-watchdog.ts",
    "route/live/writer.ts",
    "settings/cluster.ts",
    "settings/communication.ts",
    "settings/gateway.ts",
    "settings/live/secret-source.ts",
    "settings/metrics.ts",
    "settings/settings.ts",
    "settings/text.ts",
    "watch/live/gateway-stats.ts",
];

/** Files of the library that were written, not made from others. */
const written = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (file) => /\.(ts|json|md)$/.test(file) && !/^(dist|docs|node_modules)\//.test(file),
);
const naming = written.filter((file) => thisService.test(readFileSync(resolve(folder, file), "utf8")));

describe("the library knows no service", () => {
    it("is looked at with all its files", () => {
        expect(written).toEqual(expect.arrayContaining(["plan/plan.ts", "cli/commands/watch.ts", "package.json"]));
        expect(written.length).toBeGreaterThan(300);
    });

    it("names this one in no file but those that did when the library began: what only one service needs comes from its program", () => {
        expect(naming.filter((file) => !stillNaming.includes(file))).toEqual([]);
    });

    it("has a list that only shrinks: each file in it still names the service", () => {
        expect(stillNaming.filter((file) => !naming.includes(file))).toEqual([]);
    });
});

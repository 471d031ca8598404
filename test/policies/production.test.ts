import { describe, expect, it } from "vitest";

import { readConfiguration } from "../../policies/engine/configuration.ts";
import { policiesOf } from "../../policies/engine/pack.ts";
import { rules } from "../../policies/rules/index.ts";
import { cleanStack, judgeRun, nowMs } from "./judge.ts";

describe("production, with no waivers", () => {
    it("is blocked while its stores talk without TLS", async () => {
        const policies = policiesOf(rules, { environment: "prod", nowMs, configuration: readConfiguration({}, rules, "prod") });
        const stack = await cleanStack();
        const found = await judgeRun(policies, stack, stack);
        expect(new Set(found.map(({ policy }) => policy))).toEqual(new Set(["redis-encrypted", "clickhouse-encrypted"]));
    });
});

import { describe, expect, it } from "vitest";

import { accountLines } from "../../../rollout/report/rollback-account.ts";
import { reportMarkdown } from "../../../rollout/report/markdown.ts";
import { failedRelease, goodRelease } from "./fixture.ts";
import { reportOf } from "./reports.ts";
import { rolledBackBy } from "./rollbacks.ts";

describe("the account of a rollback", () => {
    it.each([
        {
            by: "criterion",
            account: {
                calledBy: "criterion",
                from: 25,
                failed: { value: { by: "gateway", counted: "failed", bad: 216, of: 1_800, windowSeconds: 60 } },
                movedInSeconds: { kind: "observed", value: 0.031 },
            },
            decided: ["uptime-at-once", "error-ratio-at-once"],
            lines: "216 of 1,800 requests failed, as users got them, in 60 s",
        },
        {
            by: "alarm",
            account: {
                calledBy: "alarm",
                failed: { value: { by: "alarm", counted: "failed", bad: 16, of: 37 } },
                because: ["16 of the last 37 requests failed: more than 5 %"],
            },
            decided: ["error-ratio-at-once"],
            lines: "16 of 37 requests failed, by the quick alarm's count",
        },
        {
            by: "person",
            account: { calledBy: "person", because: ["users report wrong videos"], movedInSeconds: { value: 0.031 } },
            decided: [],
            lines: "A person called for it: ci:release",
        },
        {
            by: "limit",
            account: { calledBy: "limit" },
            decided: ["quarter-error-ratio"],
            lines: "A time limit of the plan called for it, by quarter-error-ratio",
        },
    ] as const)("names what decided, how many failed, how long it took and who was told: $by", ({ by, account, decided, lines }) => {
        const { rollback } = reportOf(rolledBackBy(by));
        expect(rollback).toMatchObject(account);
        expect(rollback?.criteria.filter((cell) => cell.decided).map(({ id }) => id)).toEqual(decided);
        expect(rollback?.criteria.length).toBeGreaterThan(4);
        expect(rollback?.told).toEqual([
            { message: "rollback", notifier: "slack", at: "2025-10-26T07:10:05.000Z" },
            { message: "rollback", notifier: "email", at: expect.any(String) as string, undelivered: "connection refused" },
        ]);
        expect(rollback === undefined ? "" : accountLines(rollback).join("\n")).toContain(lines);
    });

    it("counts from the first breach on record that lasted, and says where there was none", () => {
        expect(reportOf(failedRelease()).rollback?.sinceFaultSeconds).toEqual({ kind: "observed", value: 124 });
        expect(reportOf(rolledBackBy("alarm")).rollback?.sinceFaultSeconds).toEqual({ kind: "missing", reason: "no look on record had shown a breach before" });
    });

    it("says that nobody was told, and that a time is not known, where the ledger has nothing of it", () => {
        const { rollback } = reportOf(failedRelease());
        expect(rollback).toMatchObject({ told: [], movedInSeconds: { kind: "missing" } });
        const lines = rollback === undefined ? "" : accountLines(rollback).join("\n");
        expect(lines).toContain("Told: nobody, as far as the ledger knows");
        expect(lines).toContain("from the decision to weight 0 is not known");
    });

    it("stands in the Markdown report, and not where nothing was rolled back", () => {
        expect(reportMarkdown(reportOf(rolledBackBy("alarm")))).toContain("## Rollback");
        expect(reportMarkdown(reportOf(goodRelease()))).not.toContain("## Rollback");
    });
});

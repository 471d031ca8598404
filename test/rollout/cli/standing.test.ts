import { describe, expect, it } from "vitest";

import { shownEngineLine } from "../../../rollout/cli/engine-line.ts";
import type { Position } from "../../../rollout/cli/run.ts";
import { standingOf, stoppedText } from "../../../rollout/cli/standing.ts";

const text = (live: Position, filePercent?: number): string => stoppedText(standingOf(live, filePercent), "prod");

describe("a command that was stopped", () => {
    it("says what is live, what the file says beside it, that nothing watches it here, and what to run", () => {
        const said = text({ kind: "rolling", weightPercent: 10 }, 25);
        expect(said).toContain("Live: the candidate has 10 % of users; the stack's file says 25 %");
        expect(said).toContain("watches it no more: unless a watchdog runs in the cluster, nothing rolls it back");
        for (const command of ["watch", "advance", "rollback"]) {
            expect(said).toContain(`rollout ${command} --stack prod`);
        }
    });

    it("says nothing of a file that agrees", () => {
        expect(text({ kind: "rolling", weightPercent: 10 }, 10)).not.toContain("file");
    });

    it.each([
        { live: { kind: "rolling", weightPercent: 0 }, says: /has 0 % of users\.\nNo user meets it/ },
        { live: { kind: "no-candidate" }, says: /the stable revision has all users/ },
        { live: { kind: "rolled-back", reason: "errors" }, says: /rolled back, the stable revision has all users: errors/ },
        { live: { kind: "unknown", reason: "ECONNREFUSED" }, says: /not known: ECONNREFUSED\. What to run: rollout status/ },
    ] as const)("knows where it stands: $live.kind", ({ live, says }) => {
        expect(text(live)).toMatch(says);
    });
});

describe("a line of the engine", () => {
    it.each([
        { line: " ~  kubernetes:autoscaling/v2:HorizontalPodAutoscaler api-v2 updating (3s) [diff: ~spec]", shown: "updating HorizontalPodAutoscaler api-v2" },
        { line: " +  kafka:index:Topic api-topics-events creating (0s)", shown: "creating Topic api-topics-events" },
        { line: " +- kubernetes:batch/v1:Job api-migration replacing (0s)", shown: "replacing Job api-migration" },
        { line: "@ updating........", shown: undefined },
        { line: "    pulumi:pulumi:Stack video-ranking-lab running read pulumi:pulumi:Stack", shown: undefined },
        { line: "error: no", shown: undefined },
    ])("names what is changed now: $line", ({ line, shown }) => {
        expect(shownEngineLine(line)).toBe(shown);
    });
});

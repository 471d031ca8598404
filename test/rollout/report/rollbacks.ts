import type { LedgerDraft } from "../../../rollout/ledger/ledger-record.ts";
import { criteriaAt } from "../../../rollout/gate/criteria.ts";
import { judge } from "../../../rollout/gate/judge.ts";
import { profile } from "../../../service/profile.ts";
import { Story, evidenceOf, revision } from "./fixture.ts";

/** Who may call for a rollback. */
export const callers = ["criterion", "alarm", "limit", "person"] as const;

/** A release that soaks well at 25 % and is then rolled back, as the watcher or a person writes it down; with messages about it. */
export function rolledBackBy(caller: (typeof callers)[number]): Story {
    const story = new Story().declare(revision("v1-1-0")).wait(5).forward(10).wait(15).forward(25).wait(5);
    story.look();
    const { actor, rollout } = story.records.at(-1) ?? {};
    if (actor === undefined || rollout === undefined) {
        throw new Error("the story has a step");
    }
    const common = { kind: "rolled-back", actor, rollout: { ...rollout, from: 25, to: 0 }, movedInSeconds: 0.031 } as const;
    story.add({ ...common, ...groundsOf(story, caller) });
    const told = { actor, rollout: { ...rollout, from: 0, to: 0 }, message: "rollback" } as const;
    const delivered = [{ notifier: "slack", at: "2025-10-26T07:10:05.000Z", attempts: 1 }] as const;
    story.add({
        ...told,
        kind: "told",
        text: "slack: rolled back",
        delivered,
        undelivered: [{ notifier: "email", reason: "connection refused", attempts: 3 }],
    });
    return story;
}

function groundsOf(story: Story, caller: (typeof callers)[number]): Omit<LedgerDraft & { readonly kind: "rolled-back" }, "kind" | "actor" | "rollout"> {
    switch (caller) {
        case "criterion": {
            const evidence = evidenceOf(story.now, 60, 25, { errorRatio: 0.12 });
            const judgement = judge(criteriaAt(profile, 25).atOnce, evidence);
            return { text: judgement.reasons.map(({ text }) => text).join("; "), judgement, evidence: { kind: "whole", evidence } };
        }
        case "alarm": {
            const { evidence } = story.judged({});
            const judgement = judge(criteriaAt(profile, 25).gate, evidence);
            const cause = { kind: "alarm", counted: "failed", bad: 16, of: 37, criteria: ["error-ratio-at-once"] } as const;
            return { text: "16 of the last 37 requests failed: more than 5 %", judgement, evidence: { kind: "whole", evidence }, cause };
        }
        case "limit": {
            const evidence = evidenceOf(story.now, 1_800, 25, { errorRatio: 0.005 });
            const judgement = judge(criteriaAt(profile, 25).gate, evidence);
            const held = judgement.reasons.filter(({ criterion }) => criterion === "quarter-error-ratio").map(({ criterion, text }) => `${criterion}: ${text}`);
            return { text: `the gate has held for 900 s, longer than the plan allows: ${held.join("; ")}`, judgement, evidence: { kind: "whole", evidence } };
        }
        case "person":
            return { text: "users report wrong videos", cause: { kind: "person", category: "users" } };
    }
}

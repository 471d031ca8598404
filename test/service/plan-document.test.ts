import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";
import { plan } from "../../service/plan.ts";

const { fullReplicas, steadyReplicas } = plan;

const page = await readFile(join(import.meta.dirname, "../../docs/rollout-plan.md"), "utf8");

/** Cells of the table below the heading `title`, without its head. */
function table(title: string): readonly (readonly string[])[] {
    const [, section = ""] = page.split(`## ${title}\n`);
    const lines = section.split("\n## ")[0]?.split("\n") ?? [];
    const rows = lines
        .filter((line) => line.startsWith("|"))
        .map((line) =>
            line
                .split("|")
                .slice(1, -1)
                .map((cell) => cell.trim()),
        );
    return rows.slice(2);
}

describe("docs/rollout-plan.md", () => {
    it("shows the steps of the plan", () => {
        const steps = plan.steps.map((step) => [
            step.name,
            String(step.weightPercent),
            String(step.candidateReplicas),
            String(step.sparePods),
            String(step.soakMinutes),
            step.approvals.length === 0 ? "none" : step.approvals.join(", "),
        ]);
        expect(table("Steps")).toEqual(steps);
    });

    it.each(plan.steps)("says where the soak and the pods of $name come from", ({ name, weightPercent, candidateReplicas, sparePods, soakMinutes }) => {
        const numbers = table("Where each number comes from").map(([number]) => number);
        const pods = `${String(candidateReplicas)} pod${candidateReplicas === 1 ? "" : "s"}`;
        if (sparePods > 0) {
            expect(numbers).toContain(`${name}, ${String(sparePods)} spare`);
        }
        expect(numbers).toContain(`${name}, soak ${String(soakMinutes)}`);
        expect(numbers).toContain(weightPercent === 0 ? `${name}, ${pods}` : `${name}, weight ${String(weightPercent)} and ${pods}`);
    });

    it("says where the capacity of the stable revision comes from", () => {
        const numbers = table("Where each number comes from").map(([number]) => number);
        expect(numbers).toContain(`${String(fullReplicas)} pods of the stable revision while there is a candidate`);
        expect(numbers).toContain(`${String(steadyReplicas.minimum)} to ${String(steadyReplicas.maximum)} pods once finished`);
    });

    it("gives a section for every number", () => {
        expect(table("Where each number comes from").filter(([, section]) => section === undefined || section === "")).toEqual([]);
    });
});

import type { CheckResult } from "../preflight/preflight.ts";
import { wordsOf } from "../words.ts";
import { checklistSubject } from "./checklist-subject.ts";
import { record } from "./recording.ts";
import type { Session } from "./session.ts";

/** Writes a preflight's results to the ledger, for the checklist. Where there is no rollout that they could be about, or no ledger yet, it says so and stops nothing. */
export async function recordPreflight(session: Session, warn: (line: string) => void, results: readonly CheckResult[]): Promise<void> {
    const [first] = results;
    if (first === undefined) {
        return;
    }
    try {
        const subject = await checklistSubject(session);
        if (subject === undefined) {
            warn("the results are not kept: no candidate is declared that they could be about");
            return;
        }
        const { stable, candidate, at } = subject;
        const passed = results.filter(({ state }) => state === "passed").length;
        await record(session, warn, {
            kind: "preflight",
            results,
            rollout: { stable, candidate, from: at === "finished" ? 100 : at, to: at },
            text: `${String(passed)} of ${String(results.length)} checks of the preflight passed`,
        });
    } catch (error) {
        warn(`the results are not kept: ${wordsOf(error)}`);
    }
}

import { defined } from "../defined.ts";
import { commitOf } from "../ledger/live/commit.ts";
import { withoutSecrets } from "../ledger/redaction.ts";
import type { LedgerDraft, RecordCommon, RecordEvent } from "../ledger/ledger-record.ts";
import { wordsOf } from "../words.ts";
import type { Session } from "./session.ts";

/** A record without what every record of a session says. */
export type SessionDraft = Omit<RecordCommon, "actor" | "commit"> & RecordEvent;

/**
 * Writes to the ledger what happened, without what looks like a secret in its words. A record that can't be written is reported, and stops nothing: least of all a rollback.
 *
 * @returns whether it was written.
 */
export async function record(session: Session, warn: (line: string) => void, draft: SessionDraft): Promise<boolean> {
    const text = withoutSecrets(draft.text);
    try {
        const [actor, commit] = await Promise.all([session.actor(), session.stack === undefined ? undefined : commitOf(session.stack.folder)]);
        const whole: LedgerDraft = { ...draft, text, actor, ...defined({ commit }) };
        const { warnings } = await session.ledger.append(whole);
        warnings.forEach(warn);
        return true;
    } catch (error) {
        warn(`not in the ledger: ${draft.kind}, ${text}. ${wordsOf(error)}`);
        return false;
    }
}

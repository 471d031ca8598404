import type { Judgement, Reason } from "../gate/verdict.ts";
import type { Weight } from "../plan/plan.ts";
import { linkTo } from "./history.ts";
import { type Established, type EvidenceLink, open } from "./state.ts";
import type { Asked } from "./asked.ts";

/** A criterion's reason, with where it stands. */
interface Found {
    readonly reason: Reason;
    readonly at: string;
    readonly evidence: EvidenceLink;
}

/** Establishes a box by the newest judgement of its criteria: of the live step where that is judged now, else of the ledger. */
export function byCriteria(asked: Asked<"gate">): Established {
    const { way } = asked;
    return way.of === "rollback" ? asCauseOf(asked) : ofOneStep(asked, way.of);
}

function ofOneStep(asked: Asked<"gate">, of: Weight | "success"): Established {
    const { way } = asked;
    const found = way.criteria.map((criterion) => newest(asked, of, criterion));
    const reasons = found.filter((one) => one !== undefined);
    if (reasons.length < found.length) {
        const missing = way.criteria.filter((_, index) => found[index] === undefined);
        return open(`${missing.join(", ")} ${missing.length === 1 ? "was" : "were"} not judged yet`);
    }
    return worstOf(reasons);
}

function newest({ facts, history }: Asked<"gate">, of: Weight | "success", criterion: string): Found | undefined {
    const { live } = facts;
    if (live?.move.from === of) {
        // A step that is under way is judged as it is now. What an older record says of it is over.
        return live.judgement === undefined ? undefined : foundIn(live.judgement, criterion, live.at, { kind: "live" });
    }
    for (const { record, judgement } of history.judged.filter((one) => one.of === of)) {
        const found = foundIn(judgement, criterion, record.at, linkTo(record));
        if (found !== undefined) {
            return found;
        }
    }
    return undefined;
}

function foundIn({ reasons }: Judgement, criterion: string, at: string, evidence: EvidenceLink): Found | undefined {
    const own = reasons.filter((reason) => reason.criterion === criterion);
    const worst = own.find(({ verdict }) => verdict === "rollback") ?? own.find(({ verdict }) => verdict === "hold") ?? own[0];
    return worst === undefined ? undefined : { reason: worst, at, evidence };
}

function worstOf(found: readonly Found[]): Established {
    const failed = found.find(({ reason }) => stateOf(reason) === "failed");
    const shown = failed ?? found.find(({ reason }) => stateOf(reason) === "open") ?? found[0];
    if (shown === undefined) {
        return open("no criterion to check");
    }
    const { reason, at, evidence } = shown;
    const state = stateOf(reason);
    const text =
        state === "holds" && found.length > 1
            ? `${String(found.length)} criteria pass, such as ${reason.criterion}: ${reason.text}`
            : `${reason.criterion}: ${reason.text}`;
    return { state, text, at, evidence };
}

/** Only a breach has failed. What is unproven or was not seen is open. */
function stateOf({ verdict, shortfall }: Reason): "holds" | "failed" | "open" {
    return verdict === "pass" ? "holds" : verdict === "rollback" || shortfall === "breached" ? "failed" : "open";
}

/** What rolled a rollout back: the box holds where the criterion called for it, and is not asked where something else did. */
function asCauseOf({ way, history }: Asked<"gate">): Established {
    const { rolledBack } = history;
    if (rolledBack?.kind !== "rolled-back") {
        return open("there was no rollback");
    }
    const { at, cause } = rolledBack;
    const evidence = linkTo(rolledBack);
    if (cause?.kind === "person") {
        return { state: "not-applicable", text: `a person called for the rollback (${cause.category}): ${rolledBack.text}`, at, evidence };
    }
    if (cause?.kind === "alarm") {
        const called = cause.criteria.some((criterion) => way.criteria.includes(criterion));
        return { state: called ? "holds" : "not-applicable", text: `the quick alarm called for the rollback: ${rolledBack.text}`, at, evidence };
    }
    const judged = history.everJudged.find(({ record }) => record === rolledBack);
    if (judged === undefined) {
        return open("the rollback's record has no judgement and no cause: it is of 0.2.0 or before, or nothing could be seen");
    }
    const found = way.criteria.map((criterion) => foundIn(judged.judgement, criterion, at, evidence)).filter((one) => one !== undefined);
    const called = found.find(({ reason: { verdict, shortfall } }) => verdict === "rollback" || shortfall === "breached");
    return called === undefined
        ? { state: "not-applicable", text: `something else called for the rollback: ${rolledBack.text}`, at, evidence }
        : { state: "holds", text: `${called.reason.criterion}: ${called.reason.text}`, at, evidence };
}

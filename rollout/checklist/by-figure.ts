import { type Evidence, type Observation, requestsOf } from "../gate/evidence.ts";
import type { Asked } from "./asked.ts";
import type { Figure, LedgerEvent } from "./box.ts";
import { linkTo } from "./history.ts";
import { type Established, open } from "./state.ts";

/** By the live evidence of the step, or by that which is kept with its newest judgement. */
export function figureOnRecord({ facts: { live }, history }: Pick<Asked, "facts" | "history">, event: Extract<LedgerEvent, { kind: "figure" }>): Established {
    const at = `${String(event.weightPercent)} %`;
    if (live?.move.from === event.weightPercent && live.evidence !== undefined) {
        return shown(live.evidence, event, { at: live.at, evidence: { kind: "live" } });
    }
    const newest = history.judged.find(({ of, record }) => of === event.weightPercent && "evidence" in record)?.record;
    const kept = newest !== undefined && "evidence" in newest ? newest.evidence : undefined;
    if (newest === undefined || kept === undefined) {
        return open(`no evidence of ${at} is on record`);
    }
    return kept.kind === "trimmed"
        ? open(`the evidence of ${at} was too large to be kept: ${kept.note}`)
        : shown(kept.evidence, event, { at: newest.at, evidence: linkTo(newest) });
}

function shown(
    evidence: Evidence,
    { weightPercent, figure }: Extract<LedgerEvent, { kind: "figure" }>,
    found: Required<Pick<Established, "at" | "evidence">>,
): Established {
    const of = figureOf(evidence, figure);
    if (of.kind === "missing") {
        return open(`it is not in the evidence of ${String(weightPercent)} %: ${of.reason}`);
    }
    const words = figure === "request-rate" ? `${of.value.toFixed(1)} requests a second` : `${(of.value * 1_000).toFixed(1)} ms on average`;
    return { state: "holds", text: `${words} at ${String(weightPercent)} %`, ...found };
}

function figureOf({ candidate, windowSeconds }: Evidence, figure: Figure): Observation<number> {
    if (candidate === undefined) {
        return { kind: "missing", reason: "it holds no candidate" };
    }
    if (figure === "latency-mean") {
        return candidate.latencyMeanSeconds ?? { kind: "missing", reason: "it was not kept yet in 0.2.0" };
    }
    const requests = requestsOf(candidate);
    return requests.kind === "missing" || !(windowSeconds > 0)
        ? { kind: "missing", reason: requests.kind === "missing" ? requests.reason : "its window is empty" }
        : { kind: "observed", value: requests.value / windowSeconds };
}

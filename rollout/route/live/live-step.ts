import type { TimedRoute as LiveRouteStep } from "../../kubernetes/cluster-reader.ts";
import { markOf } from "../rolled-back.ts";
import type { LiveStep, StepReading } from "../live-step.ts";

/** What the live route says of a rollout, for a watcher: a step to watch, nothing to watch, or no answer. Weight 0 is nothing to watch unless `dark` asks for it. */
export function stepReading(live: LiveRouteStep, dark = false): StepReading {
    switch (live.kind) {
        case "absent":
            return { kind: "nothing", why: "the service is not deployed: there is no route", rolledBack: false, absent: true };
        case "damaged":
            return { kind: "unknown", reason: live.reason, answered: true };
        case "unreachable":
            return { kind: "unknown", reason: live.reason };
        case "found":
            break;
    }
    const { record, routedPercent, rolledBack = [], tampering } = live.present;
    if (record.kind === "steady") {
        return { kind: "nothing", why: `${record.stable.name} has all traffic, and there is no candidate`, rolledBack: false };
    }
    const { stable, candidate, weightPercent } = record;
    if (routedPercent === 0 && weightPercent === 0 && !dark) {
        const mark = rolledBack === "unreadable" ? undefined : markOf(rolledBack, candidate);
        return mark === undefined
            ? { kind: "nothing", why: `${candidate.name} runs dark: no user reaches it`, rolledBack: false }
            : { kind: "nothing", why: `${candidate.name} was rolled back: ${mark.reason}`, rolledBack: true };
    }
    if (routedPercent !== weightPercent || tampering !== undefined) {
        const found = tampering ?? `it gives the candidate ${String(routedPercent)} %, its record says ${String(weightPercent)} %`;
        return { kind: "unknown", reason: `the live route was changed by hand: ${found}`, answered: true };
    }
    if (live.clock.kind === "unknown") {
        return { kind: "unknown", reason: live.clock.reason, answered: true };
    }
    const step: LiveStep = { stable, candidate, weightPercent, enteredAt: live.clock.enteredAt, soakedSeconds: live.clock.soakedSeconds };
    return { kind: "under-way", step };
}

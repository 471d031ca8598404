import { shownSeconds } from "../plan/duration.ts";
import { withoutSecrets } from "../ledger/redaction.ts";
import type { Message, MessageField, MessageLink, Occasion, RolloutFacts } from "./message.ts";
import { noticesOf } from "./notices.ts";
import type { Reason } from "../gate/verdict.ts";

/** The message for an occasion, in plain words, without what looks like a secret, such as a password in an error's text. */
export function messageOf(facts: RolloutFacts, occasion: Occasion): Message {
    const { title, text } = words(facts, occasion);
    const { service, environment, at, candidate } = facts;
    return {
        kind: occasion.kind,
        title: withoutSecrets(`${service} (${environment}): ${title}`),
        text: withoutSecrets(text.join("\n")),
        fields: fieldsOf(facts).map(({ name, value }) => ({ name, value: withoutSecrets(value) })),
        links: linksOf(facts),
        at,
        notices: noticesOf(facts, occasion),
        rollout: candidate.digest,
    };
}

interface Words {
    readonly title: string;
    /** Paragraphs and lines of lists. */
    readonly text: readonly string[];
}

function words(facts: RolloutFacts, occasion: Occasion): Words {
    const { weightPercent, updateEverySeconds, plannedSeconds, weights } = facts;
    const [candidate, stable] = [facts.candidate.name, facts.stable.name];
    const share = `${String(weightPercent)} %`;
    const split = weightPercent === 100 ? `All requests reach ${candidate}.` : `${share} of the requests reach ${candidate}, the others ${stable}.`;
    const every = `You hear how it stands every ${shownSeconds(updateEverySeconds)}.`;
    switch (occasion.kind) {
        case "before":
            return {
                title: `${candidate} is to be rolled out from ${shownTime(occasion.startsAt)}`,
                text: [
                    `${candidate} takes over from ${stable} in steps: ${weights.map(String).join(", ")} % of the requests. That takes ${shownSeconds(plannedSeconds)} at the least.`,
                    `Each step is judged on live metrics. When a limit is broken, all requests go back to ${stable} by themselves.`,
                    "Please keep the time free if you are needed, and say now if it is a bad one.",
                ],
            };
        case "start":
            return { title: `the rollout of ${candidate} has started, at ${share}`, text: [split, every, ...verdictLines(facts)] };
        case "step":
            return {
                title: `${candidate} has ${weightPercent === 100 ? "all requests" : `${share} of the requests`}`,
                text: [split, every, ...verdictLines(facts)],
            };
        case "update":
            return {
                title: `${candidate} at ${share}: ${occasion.over === true ? "the problem is over" : (occasion.state.split(":")[0]?.trim() ?? "")}`,
                text: [`Now: ${sentence(occasion.state)}`, split, ...verdictLines(facts)],
            };
        case "incident":
            return {
                title: `${candidate} has a problem at ${share}`,
                text: [
                    `What is wrong: ${sentence(occasion.reason)}`,
                    `What it means to users: ${impact(facts, occasion)}`,
                    `When it will be over: ${estimate(facts, occasion)}`,
                    `The rollout does not go on while this lasts. ${every}`,
                ],
            };
        case "rollback":
            return {
                title: `${candidate} was rolled back`,
                text: [
                    `All requests reach ${stable} again.`,
                    `Why: ${sentence(occasion.reason)}`,
                    "Nothing is left to do for users. The cause is looked for before the next try.",
                ],
            };
        case "success":
            return { title: `${candidate} is the stable revision`, text: [`The rollout is finished: all requests reach ${candidate}.`, ...numberLines(facts)] };
        case "day":
            return { title: `${candidate}, a day after`, text: [reviewed(facts, "A day"), ...numberLines(facts)] };
        case "two-days":
            return { title: `${candidate}, two days after`, text: [reviewed(facts, "Two days"), ...numberLines(facts)] };
    }
}

function impact({ weightPercent, candidate, stable }: RolloutFacts, { usersAffected }: Extract<Occasion, { kind: "incident" }>): string {
    const whose = weightPercent === 100 ? "all requests" : `the ${String(weightPercent)} % of the requests that reach ${candidate.name}`;
    const others = weightPercent === 100 ? "" : ` The others reach ${stable.name}.`;
    return usersAffected ? `${whose} may fail or be slow.${others}` : `no harm is known, and none can be ruled out for ${whose}.${others}`;
}

function estimate({ stable }: RolloutFacts, { backInSeconds }: Extract<Occasion, { kind: "incident" }>): string {
    const back = `all requests go back to ${stable.name} by themselves`;
    return backInSeconds === undefined
        ? `as soon as every criterion passes; should a limit for a rollback be broken, ${back} within seconds.`
        : `in ${shownSeconds(backInSeconds)} at the latest, when ${back}; sooner if every criterion passes.`;
}

function reviewed({ judgement }: RolloutFacts, time: string): string {
    switch (judgement?.verdict) {
        case "pass":
            return `${time} after the rollout, every success criterion passes.`;
        case "hold":
        case "rollback":
            return `${time} after the rollout, not every success criterion passes.`;
        case undefined:
            return `${time} after the rollout, nothing was judged.`;
    }
}

/** What does not pass, or that all does. */
function verdictLines({ judgement }: RolloutFacts): readonly string[] {
    if (judgement === undefined || judgement.reasons.length === 0) {
        return [];
    }
    const open = judgement.reasons.filter(({ verdict }) => verdict !== "pass");
    return open.length === 0
        ? [`All ${String(judgement.reasons.length)} criteria pass.`]
        : [`${String(open.length)} of ${String(judgement.reasons.length)} criteria do not pass:`, ...lines(open)];
}

/** Every number. Checklist: 'Metrics summary shared'. */
function numberLines({ judgement }: RolloutFacts): readonly string[] {
    return judgement === undefined || judgement.reasons.length === 0 ? [] : ["The numbers:", ...lines(judgement.reasons)];
}

function lines(reasons: readonly Reason[]): readonly string[] {
    const shown = reasons.slice(0, linesAtMost).map(({ criterion, text }) => `- ${criterion}: ${text}`);
    return reasons.length > linesAtMost ? [...shown, `- and ${String(reasons.length - linesAtMost)} more`] : shown;
}

/** Lines that a reader of a chat still reads. The report has them all. */
const linesAtMost = 15;

function fieldsOf(facts: RolloutFacts): readonly MessageField[] {
    const { service, environment, stable, candidate, weightPercent, judgement, soakLeftSeconds, at } = facts;
    return [
        { name: "Service", value: service },
        { name: "Environment", value: environment },
        { name: "Stable", value: stable.name },
        { name: "Candidate", value: candidate.name },
        { name: "Weight", value: `${String(weightPercent)} %` },
        ...(judgement === undefined ? [] : [{ name: "Verdict", value: verdictWords[judgement.verdict] }]),
        ...(soakLeftSeconds === undefined ? [] : [{ name: "Soak left", value: shownSeconds(soakLeftSeconds) }]),
        { name: "As of", value: shownTime(at) },
    ];
}

const verdictWords = { pass: "pass", hold: "hold", rollback: "roll back" } as const;

function linksOf({ links: { runbook, report } }: RolloutFacts): readonly MessageLink[] {
    return [...(runbook === undefined ? [] : [{ name: "Runbook", url: runbook }]), ...(report === undefined ? [] : [{ name: "Report", url: report }])];
}

/** `2025-01-02 09:00:00 UTC`, or the text itself where it is no time. */
function shownTime(iso: string): string {
    const milliseconds = Date.parse(iso);
    return Number.isNaN(milliseconds) ? iso : `${new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function sentence(text: string): string {
    const trimmed = text.trim();
    return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

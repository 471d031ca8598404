import type { Occasion, PublicNotice, RolloutFacts } from "./message.ts";

/** What users of the service may read on its status page. A step and an update are the team's business; the end of a problem is not. */
export function noticesOf({ service, at, plannedSeconds }: RolloutFacts, occasion: Occasion): readonly PublicNotice[] {
    const title = `New version of ${service}`;
    const trouble = `Problem with ${service}`;
    const [completed, resolved] = [
        { kind: "maintenance", state: "completed", title } as const,
        { kind: "incident", state: "resolved", title: trouble } as const,
    ];
    switch (occasion.kind) {
        case "before":
            return [
                {
                    kind: "maintenance",
                    state: "scheduled",
                    title,
                    text: "We are going to introduce a new version, step by step. We expect no interruption.",
                    startsAt: occasion.startsAt,
                    endsAt: after(occasion.startsAt, plannedSeconds),
                },
            ];
        case "start":
            return [
                {
                    kind: "maintenance",
                    state: "in-progress",
                    title,
                    text: "We are introducing a new version, step by step. We expect no interruption.",
                    startsAt: at,
                    endsAt: after(at, plannedSeconds),
                },
            ];
        case "incident":
            return occasion.usersAffected
                ? [{ kind: "incident", state: "investigating", title: trouble, text: "Some requests may fail or be slow. We are looking into it." }]
                : [];
        case "update":
            return occasion.over === true ? [{ ...resolved, text: "The problem is over." }] : [];
        case "rollback":
            return [
                { ...resolved, text: "We rolled back to the version before. The service works as usual." },
                { ...completed, text: "We stopped introducing the new version. The version before is in use." },
            ];
        case "success":
            return [
                { ...resolved, text: "The problem is over." },
                { ...completed, text: "The new version is in use." },
            ];
        case "step":
        case "day":
        case "two-days":
            return [];
    }
}

function after(iso: string, seconds: number): string {
    return new Date(Date.parse(iso) + seconds * 1_000).toISOString();
}

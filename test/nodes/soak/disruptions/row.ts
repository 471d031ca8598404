/** What one disturbance came to, as users and the watcher saw it. */
export interface Row {
    readonly what: string;
    /** Whether the candidate was to blame. */
    readonly atFault: boolean;
    /** Requests of users from the disturbance on, and those that failed, by reason. */
    readonly requests: number;
    readonly failures: number;
    readonly reasons: Readonly<Record<string, number>>;
    /** What the watcher came to. */
    readonly verdict: "rolled back" | "held" | "passed";
    /** The first reason that it gave for holding or for rolling back. */
    readonly said: string;
}

/** Whether the watcher was right: a candidate that is at fault goes back, and no other does. */
export function isRight({ atFault, verdict }: Row): boolean {
    return (verdict === "rolled back") === atFault;
}

/** The page of docs/ with all rows. */
export function pageOf(rows: readonly Row[]): string {
    const lines = rows.map(({ what, atFault, requests, failures, reasons, verdict, said }) => {
        const why = Object.entries(reasons)
            .map(([reason, count]) => `${String(count)} x ${reason}`)
            .join(", ");
        const lost = failures === 0 ? "none" : `${failures.toLocaleString("en-US")} (${why})`;
        return `| ${[what, atFault ? "yes" : "no", requests.toLocaleString("en-US"), lost, verdict, said.replaceAll("|", "/").slice(0, 160)].join(" | ")} |`;
    });
    return `# What a cluster does to a rollout

For operators. Made by \`test/nodes/soak/disruptions.test.ts\` on the lab's real nodes: three kubelets, the real service, users at 25 % of the candidate, the watcher at work. Each row is one disturbance.

| disturbance | candidate at fault | requests | failed | the watcher | what it said first |
| --- | --- | --- | --- | --- | --- |
${lines.join("\n")}

A candidate that is at fault goes back; one that is not is held, or goes on. Requests are counted from the disturbance on, at the users' end.
`;
}

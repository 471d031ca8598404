/** What one disturbance came to, as users and the watcher saw it. */
export interface Row {
    readonly what: string;
    /** Whether the candidate was to blame. */
    readonly atFault: boolean;
    /** Whether users lose so many requests, by no fault of the candidate, that the plan's bounds on what they get call for the rollback all the same. */
    readonly breaksPlan?: true;
    /** Requests of users from the disturbance on, and those that failed, by reason. */
    readonly requests: number;
    readonly failures: number;
    readonly reasons: Readonly<Record<string, number>>;
    /** What the watcher came to. */
    readonly verdict: "rolled back" | "held" | "passed";
    /** The first reason that it gave for holding or for rolling back. */
    readonly said: string;
}

/** Whether the watcher was right: a candidate that is at fault goes back, and no other does, unless users lose more than the plan lets them. */
export function isRight({ atFault, breaksPlan, verdict }: Row): boolean {
    return breaksPlan === true ? verdict !== "passed" : (verdict === "rolled back") === atFault;
}

/** The page of docs/ with all rows. */
export function pageOf(rows: readonly Row[]): string {
    const lines = rows.map(({ what, atFault, requests, failures, reasons, verdict, said }) => {
        const why = Object.entries(reasons)
            .map(([reason, count]) => `${String(count)} x ${reason}`)
            .join(", ");
        const lost = failures === 0 ? "none" : `${failures.toLocaleString("en-US")} (${why})`;
        return `| ${[what, atFault ? "yes" : "no", requests.toLocaleString("en-US"), lost, verdict, said.replaceAll("|", "/").split(";")[0] ?? ""].join(" | ")} |`;
    });
    return `# What a cluster does to a rollout

For operators. Made by \`test/nodes/soak/disruptions.test.ts\` on the lab's real nodes: three kubelets, the real service, users at 25 % of the candidate, the watcher at work. Each row is one disturbance.

| disturbance | candidate at fault | requests | failed | the watcher | what it said first |
| --- | --- | --- | --- | --- | --- |
${lines.join("\n")}

A candidate that is at fault goes back; one that is not is held, or goes on. Requests are counted from the disturbance on, at the users' end.

A node that dies takes a third of both revisions with it, and until the cluster knows (40 s and more) users get errors from both. The candidate goes back although it is not at fault: the plan's bounds at which a release goes back at once are on what users get, and compare it with nothing. A candidate that breaks what both share, such as the database, looks the same, and there going back helps.

A candidate whose image can't be pulled gets no users: \`pulumi up\` waits for its pod, fails, and the route stays as it was.
`;
}

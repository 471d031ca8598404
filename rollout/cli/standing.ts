import type { Position } from "./run.ts";

/** Where a rollout stands after a command that a person stopped. */
export interface Standing {
    readonly live: Position;
    /** What the stack's file asks for. Absent where that is no weight. */
    readonly filePercent?: number;
}

/** What is live, and what the stack's file says beside it. */
export function standingOf(live: Position, filePercent: number | undefined): Standing {
    return { live, ...(filePercent === undefined ? {} : { filePercent }) };
}

/** What is live, what nothing watches any more, and what to run: for the person who stopped a command. */
export function stoppedText({ live, filePercent }: Standing, stack: string): string {
    const command = (name: string): string => `rollout ${name} --stack ${stack}`;
    const back = `${command("rollback")} --reason ...`;
    switch (live.kind) {
        case "rolling": {
            const { weightPercent } = live;
            const differs = filePercent !== undefined && filePercent !== weightPercent;
            return [
                `stopped. Live: the candidate has ${String(weightPercent)} % of users${differs ? `; the stack's file says ${String(filePercent)} %, and the next 'pulumi up' goes there if the guard lets it` : ""}.`,
                ...(weightPercent === 0
                    ? ["No user meets it."]
                    : ["This command watches it no more: unless a watchdog runs in the cluster, nothing rolls it back."]),
                "What to run:",
                ...(weightPercent === 0 ? [] : [`  ${command("watch")}   to watch it where it is`]),
                `  ${command("advance")}   to watch it, and take the next step`,
                ...(weightPercent === 0 ? [] : [`  ${back}   to take its users away`]),
            ].join("\n");
        }
        case "no-candidate":
            return "stopped. There is no candidate: the stable revision has all users.";
        case "rolled-back":
            return `stopped. Live: rolled back, the stable revision has all users: ${live.reason}.`;
        case "unknown":
            return `stopped. Where users are is not known: ${live.reason}. What to run: ${command("status")}; to take users away from the candidate, ${back}`;
    }
}

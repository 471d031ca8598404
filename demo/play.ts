import Table from "cli-table3";
import pc from "picocolors";

import type { EngineResult } from "../lab/trial/engine.ts";
import type { TrialStack } from "../lab/trial/trial-stack.ts";
import { type Observation, observe, unmet } from "./expectation.ts";
import type { Scene } from "./script.ts";

/** What a scene came to. */
export interface SceneResult extends Observation {
    readonly step: string;
    readonly command: string;
    /** Seconds of `pulumi up`, and of nothing else. */
    readonly seconds: number;
    readonly result: "done" | "refused" | "failed";
    /** Whether all that was expected was live afterwards. */
    readonly passed: boolean;
    /** What was not as expected. */
    readonly problems: readonly string[];
}

/**
 * Plays one scene: changes the config, runs `pulumi up`, and looks at what is live.
 *
 * @param say called with what happens, one line at a time.
 */
export async function play(stack: TrialStack, scene: Scene, say: (line: string) => void): Promise<SceneResult> {
    stack.configure(scene.change);
    const update = await stack.up({
        onLine: (line) => {
            const news = newsIn(line);
            if (news !== undefined) {
                say(news);
            }
        },
    });
    const observed = await observe(stack.live);
    const problems = [...outcomeProblems(scene, update), ...unmet(scene.expected, observed)];
    if (scene.refused === true) {
        // The only key that a refused scene changes: whoever goes on starts from where the rollout really is.
        stack.configure({ rolloutPercent: 0 });
    }
    return {
        step: scene.title,
        command: scene.command,
        seconds: Math.round(update.seconds * 10) / 10,
        result: update.exitCode === 0 ? "done" : isRefusal(update) ? "refused" : "failed",
        ...observed,
        passed: problems.length === 0,
        problems,
    };
}

/** What a line of the CLI tells somebody who waits: a resource that is done, what the guard says, an error. Undefined for all else. */
function newsIn(line: string): string | undefined {
    const done = /^ *(?:\+|~|-|\+-) +\S+:(\S+) (\S+) (created|updated|deleted|replaced)\b/.exec(line);
    if (done !== null) {
        const [, kind = "", name = "", what = ""] = done;
        return `${kind} ${name} ${what}`;
    }
    return /\b(?:waiting for|rollout refused:|rollout not evaluated:|error:).*/.exec(line)?.[0];
}

function outcomeProblems(scene: Scene, update: EngineResult): readonly string[] {
    if (scene.refused === true) {
        return isRefusal(update) ? [] : [`pulumi up ended with ${String(update.exitCode)} and no refusal; the guard should have refused it`];
    }
    return update.exitCode === 0 ? [] : [`pulumi up ended with ${String(update.exitCode)}: ${update.errors === "" ? update.output : update.errors}`];
}

function isRefusal({ exitCode, output }: EngineResult): boolean {
    return exitCode !== 0 && output.includes("rollout refused:");
}

/** The results as a table for people. */
export function table(results: readonly SceneResult[]): string {
    const rows = new Table({ head: ["step", "weight on the live route", "ready pods", "up", "result"], style: { head: [], border: [] } });
    for (const { step, weights, readyPods, seconds, result, passed } of results) {
        rows.push([
            step,
            listed(weights, " %"),
            listed(readyPods, ""),
            `${seconds.toFixed(1)} s`,
            passed ? pc.green(result) : pc.red(`${result}: not as expected`),
        ]);
    }
    return rows.toString();
}

function listed(numbers: Readonly<Record<string, number>>, unit: string): string {
    return Object.entries(numbers)
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
        .map(([name, value]) => `${name} ${String(value)}${unit}`)
        .join(", ");
}

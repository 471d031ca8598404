import { execa } from "execa";
import { join } from "node:path";
import { z } from "zod";

import type { TrialStack } from "../lab/trial/trial-stack.ts";
import type { Role } from "../rollout/plan/plan.ts";

/** How a command of the `rollout` command line ended. */
export interface CommandResult {
    readonly exitCode: number;
    /** The last JSON document that it printed; undefined when it printed none. */
    readonly result: unknown;
    /** What it said on the way. */
    readonly said: string;
}

/** Runs a command of `rollout` as a person would, in a process of its own. Never throws for a command that fails: look at `exitCode`. */
export async function rollout(stack: TrialStack, args: readonly string[], say: (line: string) => void): Promise<CommandResult> {
    const child = execa(process.execPath, [join(stack.checkout, "rollout/cli/index.ts"), ...args, "--stack", stack.name, "--json"], {
        cwd: stack.checkout,
        extendEnv: false,
        env: stack.environment,
        reject: false,
        timeout: 1_200_000,
    });
    const said: string[] = [];
    const follow = async (): Promise<void> => {
        for await (const line of child.iterable({ from: "stderr" })) {
            const text = textOf(line);
            said.push(text);
            say(text);
        }
    };
    const [{ stdout, exitCode = 1 }] = await Promise.all([child, follow().catch(() => undefined)]);
    const last = stdout
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .at(-1);
    return { exitCode, result: last === undefined ? undefined : JSON.parse(last), said: said.join("\n") };
}

/** The words of a line that the command said in JSON. A line of another form, such as one of the engine's, is its own. */
function textOf(line: string): string {
    const said = z.object({ text: z.string() }).safeParse(line.startsWith("{") ? JSON.parse(line) : undefined);
    return said.success ? said.data.text : line;
}

/** The roles sign the next step: the lab's administrator acts as each of them, as the API server lets him. */
export async function approve(stack: TrialStack, roles: readonly Role[], say: (line: string) => void): Promise<void> {
    for (const role of roles) {
        const { exitCode, said, result } = await rollout(stack, ["approve", "--role", role, "--as", `${role}@lab.example.com`], say);
        if (exitCode !== 0) {
            throw new Error(`${role} could not approve: ${said === "" ? JSON.stringify(result) : said}`);
        }
    }
}

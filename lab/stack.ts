import { execa } from "execa";
import { wordsOf } from "../rollout/words.ts";
import { labEnvironment } from "./environment.ts";
import type { Lab } from "./services/service.ts";

/** Name of the lab's Pulumi stack. */
export const stackName = "lab";

/** Makes the lab's Pulumi stack where there is none, and selects it. */
export async function ensureStack({ layout, state }: Lab): Promise<string> {
    try {
        await execa(state.pulumi.path, ["stack", "select", stackName, "--create", "--non-interactive", "--color", "never"], {
            cwd: layout.checkout,
            env: labEnvironment(layout, state),
            extendEnv: false,
            timeout: 60_000,
        });
    } catch (error) {
        throw new Error(`the Pulumi stack '${stackName}' could not be made: ${wordsOf(error)}`, { cause: error });
    }
    const plugins =
        state.pulumi.kind === "installed" ? "downloaded plugins" : "stand-ins for the language host and for the plugins kafka, postgresql and random";
    return `stack '${stackName}' selected; ${state.pulumi.kind === "installed" ? "this machine's" : "the lab's own"} pulumi with ${plugins}, since ${state.pulumi.reason}`;
}

import type { EngineArgs, EngineOutcome, update } from "./engine.ts";
import { shownEngineLine } from "./engine-line.ts";
import type { Output } from "./output.ts";

/** Runs `pulumi up`, and says meanwhile which object it changes. */
export async function shownUpdate(output: Output, engine: typeof update, args: Omit<EngineArgs, "onLine">): Promise<EngineOutcome> {
    let now: string | undefined;
    const onLine = (line: string): void => {
        now = shownEngineLine(line) ?? now;
    };
    return output.during("pulumi up", engine({ ...args, onLine }), () => now);
}

/** What becomes of the lab at the end of a demo. */
export type LabEnd = "stopped" | "runs";

/** The demo stops the lab that it started itself, unless it is told to keep things. A lab that was up before may be somebody's: it stays. */
export function endOf({ wasUp, keep }: { readonly wasUp: boolean; readonly keep: boolean }): LabEnd {
    return wasUp || keep ? "runs" : "stopped";
}

/** That, for people. */
export const labSentence: Readonly<Record<LabEnd, string>> = {
    stopped: "The lab is stopped, and nothing of it runs any more. 'make lab-up' starts one that stays; docs/tutorial.md goes on from there.",
    runs: "The lab runs on. 'make lab-down' stops it and removes its data.",
};

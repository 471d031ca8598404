import type { Criterion } from "../criterion.ts";
import type { Evidence } from "../evidence.ts";
import { type JudgeFinding, breached, kept } from "./finding.ts";

/** Judges a functional probe. One that was not run has not passed, so it is a failed one. */
export function judgeProbe({ onBreach }: Pick<Criterion, "onBreach">, probe: string, { probes }: Evidence): JudgeFinding {
    const result = probes[probe];
    switch (result?.kind) {
        case "passed":
            return kept({ samples: 1, neededSamples: 1, text: `probe '${probe}' passed` });
        case "failed":
            return breached(onBreach, { samples: 1, neededSamples: 1, text: `probe '${probe}' failed: ${result.reason}` });
        case undefined:
            return { verdict: "hold", shortfall: "unseen", samples: 0, neededSamples: 1, text: `probe '${probe}' was not run, so it has not passed` };
    }
}

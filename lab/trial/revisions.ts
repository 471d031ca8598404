import { createHash } from "node:crypto";

import type { RevisionSpec } from "../../rollout/route/revision.ts";

/**
 * A revision to roll out after `stable`, for trials: another image and another setting under another name.
 *
 * @param number tells several of them apart.
 */
export function nextRevision(stable: RevisionSpec, number = 1): RevisionSpec {
    const name = `v1-${String(number)}-0`;
    // Nothing pulls it, so any digest will do.
    const digest = createHash("sha256").update(name).digest("hex");
    return {
        name,
        image: stable.image.replace(/:[^/]*$/, `:1.${String(number)}.0@sha256:${digest}`),
        config: { ...stable.config, RANKING_MODEL: `trial-${String(number)}` },
    };
}

import type { RevisionSpec } from "../../rollout/revision.ts";

/**
 * A revision to roll out after `stable`, for trials: another image and another setting under another name.
 *
 * @param number tells several of them apart.
 */
export function nextRevision(stable: RevisionSpec, number = 1): RevisionSpec {
    return {
        name: `v1-${String(number)}-0`,
        image: stable.image.replace(/:[^/]*$/, `:1.${String(number)}.0`),
        config: { ...stable.config, RANKING_MODEL: `trial-${String(number)}` },
    };
}

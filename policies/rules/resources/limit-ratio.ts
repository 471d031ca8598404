import { containerRule, wrong } from "../../engine/rule.ts";
import { numberOrText } from "../../engine/value.ts";
import { quantity } from "../../shapes/quantity.ts";

/** How much more a ratio of two quantities may be because one of them, such as `1.1G`, has no exact number. */
const roundingError = 1 + 1e-9;

/** A ratio in as few digits as it takes to be more than the largest one: `2.04`, not `2.0`. */
function shown(ratio: number, most: number): string {
    const digits = [1, 2, 3, 4].find((count) => Number(ratio.toFixed(count)) > most);
    return ratio.toFixed(digits ?? 9);
}

/** Where limits are far above requests, a node promises more than it has, and pods are killed when all take what they were promised. */
export const limitRatio = containerRule({
    name: "limit-ratio",
    title: "A memory limit is at most a small multiple of the request.",
    severity: "low",
    level: "advisory",
    settings: { maximum: { type: "number", default: 2, minimum: 1, description: "Largest ratio of memory limit to request; 1 makes them equal" } },
    *check(container, { settings }) {
        const limit = quantity(numberOrText(container.body, "resources", "limits", "memory"));
        const request = quantity(numberOrText(container.body, "resources", "requests", "memory"));
        if (limit !== undefined && request !== undefined && request > 0 && limit / request > settings.maximum * roundingError) {
            yield wrong(
                "resources.limits.memory",
                `container "${container.name}" may use ${shown(limit / request, settings.maximum)} times the memory it requests`,
                `raise the request, or lower the limit to at most ${String(settings.maximum)} times`,
            );
        }
    },
});

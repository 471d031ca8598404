import { type Matchers, like, select, unlike } from "./promql.ts";
import type { GatewayCounter, GatewayPart } from "./counter.ts";

/** Whose backends. Both names are DNS labels or variables of a dashboard, so that a pattern needs no escape for them. */
export interface BackendNames {
    readonly namespace: string;
    readonly service: string;
}

/** A selector of users' backends, of every revision. Testers have backends of their own, which no count that judges may hold. */
export function ofUsers({ metric, backend, matchers }: GatewayCounter, names: BackendNames, more: Matchers = {}, windowSeconds?: number): string {
    const conditions = Object.entries(backend).map(([label, template]) => [
        label,
        template.includes("{revision}") ? [like(pattern(template, names, ".+")), unlike(pattern(template, names, ".+-testers"))] : filled(template, names, ""),
    ]);
    return select(metric, { ...(Object.fromEntries(conditions) as Matchers), ...matchers, ...more }, windowSeconds);
}

/** A selector of the users' backend of one revision. */
export function ofRevision({ metric, backend, matchers }: GatewayCounter, names: BackendNames, revision: string, more: Matchers = {}): string {
    const conditions = Object.entries(backend).map(([label, template]) => [label, filled(template, names, revision)]);
    return select(metric, { ...(Object.fromEntries(conditions) as Matchers), ...matchers, ...more });
}

/** `expression`, which is made of a counter's series, with the label `revision` read from the backend's name. */
export function withRevision({ backend }: GatewayCounter, names: BackendNames, expression: string): string {
    const [label = "", template = ""] = Object.entries(backend).find(([, value]) => value.includes("{revision}")) ?? [];
    return `label_replace(${expression}, "revision", "$1", "${label}", ${JSON.stringify(pattern(template, names, "(.+)"))})`;
}

/**
 * The sum of parts, as `grown` writes the growth of each. What never happened has no series: where there is `whole`, it is 0.
 */
export function added(parts: readonly GatewayPart[], grown: (counter: GatewayCounter) => string, whole: string): string {
    const each = parts.map(({ beyond, ...counter }) => {
        const own = grown(counter);
        return beyond === undefined ? own : `clamp_min(${[own, ...beyond.map((other) => `(${grown(other)} or ${own} * 0)`)].join(" - ")}, 0)`;
    });
    return `(${each.map((part) => `(${part} or ${whole} * 0)`).join(" + ")})`;
}

function filled(template: string, { namespace, service }: BackendNames, revision: string): string {
    return template.replaceAll("{namespace}", namespace).replaceAll("{service}", service).replaceAll("{revision}", revision);
}

/** A template as a regular expression: what stands between the placeholders means itself. */
function pattern(template: string, names: BackendNames, revision: string): string {
    const parts = template.split(/(\{\w+\})/);
    return parts.map((part) => (/^\{\w+\}$/.test(part) ? filled(part, names, revision) : part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))).join("");
}

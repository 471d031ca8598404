import { readFileSync } from "node:fs";

import type { JudgedRule } from "../rollout/checklist/facts.ts";
import type { PolicyQuestion } from "../rollout/checklist/live/stack-resources.ts";

/**
 * Judges rules of the policy pack on what a stack has, with the levels that the pack has in its environment. The engine itself checks an update; this checks
 * its result.
 *
 * The pack is loaded only when it is needed: it is no small program.
 */
export async function judgedRules({ resources, environment, rules: wanted, nowMs }: PolicyQuestion): Promise<readonly JudgedRule[]> {
    const [{ rules: all }, { createEngine }, { readConfiguration }, { settingsOf }, { readResource }, { messageOf }] = await Promise.all([
        import("../policies/rules/index.ts"),
        import("../policies/engine/engine.ts"),
        import("../policies/engine/configuration.ts"),
        import("../policies/engine/rule.ts"),
        import("../policies/engine/resource.ts"),
        import("../policies/engine/pack.ts"),
    ]);
    const configuration = readConfiguration(environment === "lab" ? labConfiguration() : {}, all, environment);
    const asked = all.filter(({ name }) => wanted.has(name));
    const active = asked.filter((rule) => configuration.level(rule) !== "disabled");
    const inputs = new Map(resources.map((resource) => [resource.urn, resource.inputs]));
    const read = resources.map(({ urn, type, name, protect, inputs: properties, provider }) =>
        readResource({ urn, type, name, protect, properties, providerProperties: provider === undefined ? {} : (inputs.get(provider) ?? {}) }),
    );
    const engine = createEngine(active, { environment, nowMs, known: all, settings: (rule) => settingsOf(rule, configuration.settings(rule)) });
    const violations = [...read.flatMap((resource) => engine.judgeResource(resource)), ...engine.judgeStack(read)].filter(({ waiver }) => waiver === undefined);
    return asked.map((rule) => ({
        rule: rule.name,
        level: configuration.level(rule),
        findings: violations.filter((violation) => violation.rule === rule).map((violation) => `${violation.resource.name}: ${messageOf(violation)}`),
    }));
}

/** What a lab is excepted from: the same file as `pulumi preview --policy-pack-config` is given there. */
function labConfiguration(): unknown {
    return JSON.parse(readFileSync(new URL("../policies/config/lab.json", import.meta.url), "utf8"));
}

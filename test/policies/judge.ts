import { readFileSync } from "node:fs";

import { readConfiguration } from "../../policies/engine/configuration.ts";
import { policiesOf } from "../../policies/engine/pack.ts";
import { rules } from "../../policies/rules/index.ts";
import { isRecord } from "../helpers/mocks.ts";
import { extras } from "./extras.ts";
import { prodStack } from "./prod-stack.ts";
import { analyze, analyzeStack, type AnalyzedResource, type Diagnostic } from "./runtime.ts";

/** Noon of the day on which the tests think they run: before the waivers of fixtures/stores-without-tls.json end. They are the tests' own, so that one more unsafe edit shows by itself; production has none and is blocked. */
export const nowMs = Date.parse("2026-12-01T12:00:00Z");

/** Rules that say something about a stack that is as it should be: they list, or ask for what this project has not decided to have. */
export const spoken: ReadonlySet<string> = new Set(["waiver-listed", "image-signature", "priority-class"]);

/** The pack as production has it, and the tests' own waivers for the stores' missing TLS. Its policies keep what they learned of the runtime, so one pack serves all tests of a file. */
export function prodPolicies() {
    const file: unknown = JSON.parse(readFileSync(new URL("./fixtures/stores-without-tls.json", import.meta.url), "utf8"));
    return policiesOf(rules, { environment: "prod", nowMs, configuration: readConfiguration(file, rules, "prod") });
}

/** The project's production stack in the middle of a rollout, and beside it one object of each kind that it lacks. */
export async function cleanStack(): Promise<readonly AnalyzedResource[]> {
    const own = await prodStack();
    const account = own.find(({ type, name }) => type.endsWith(":ServiceAccount") && name.endsWith("-application"));
    const metadata = isRecord(account?.properties) && isRecord(account.properties.metadata) ? account.properties.metadata : {};
    return [...own, ...extras(String(metadata.name))];
}

/** What the pack says about a run over `resources`, apart from {@link spoken}. */
export async function judgeRun(
    policies: ReturnType<typeof prodPolicies>,
    changed: readonly AnalyzedResource[],
    resources: readonly AnalyzedResource[],
): Promise<readonly Diagnostic[]> {
    const found: Diagnostic[] = [];
    for (const resource of changed) {
        found.push(...(await analyze(policies, resource)));
    }
    return [...found, ...(await analyzeStack(policies, resources))].filter(({ policy }) => !spoken.has(policy));
}

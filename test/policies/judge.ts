import { policiesOf } from "../../policies/engine/pack.ts";
import { rules } from "../../policies/rules/index.ts";
import { isRecord } from "../helpers/mocks.ts";
import { extras } from "./extras.ts";
import { prodStack } from "./prod-stack.ts";
import { analyze, analyzeStack, type AnalyzedResource, type Diagnostic } from "./runtime.ts";

/** Noon of the day on which the tests think they run. */
export const nowMs = Date.parse("2026-12-01T12:00:00Z");

/** Rules that ask this project, once a stack, for what it has not decided to have. They are advisory, and each has a test of its own. */
export const asked: ReadonlySet<string> = new Set(["image-signature", "priority-class"]);

/** The pack as production has it: no configuration, no waiver. Its policies keep what they learned of the runtime, so one pack serves all tests of a file. */
export function prodPolicies() {
    return policiesOf(rules, { environment: "prod", nowMs });
}

/** The project's production stack in the middle of a rollout, and beside it one object of each kind that it lacks. */
export async function cleanStack(): Promise<readonly AnalyzedResource[]> {
    const own = await prodStack();
    const account = own.find(({ type, name }) => type.endsWith(":ServiceAccount") && name.endsWith("-application"));
    const metadata = isRecord(account?.properties) && isRecord(account.properties.metadata) ? account.properties.metadata : {};
    return [...own, ...extras(String(metadata.name))];
}

/** What the pack says about a run over `resources`, apart from the rules `without`. */
export async function judgeRun(
    policies: ReturnType<typeof prodPolicies>,
    changed: readonly AnalyzedResource[],
    resources: readonly AnalyzedResource[],
    without: ReadonlySet<string> = asked,
): Promise<readonly Diagnostic[]> {
    const found: Diagnostic[] = [];
    for (const resource of changed) {
        found.push(...(await analyze(policies, resource)));
    }
    return [...found, ...(await analyzeStack(policies, resources))].filter(({ policy }) => !without.has(policy));
}

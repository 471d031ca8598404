import { execa } from "execa";
import { z } from "zod";

import type { Environment } from "../../settings/environment.ts";
import type { JudgedRule } from "../facts.ts";

/** A resource of a stack, as its state has it. */
export interface StackResource {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    readonly protect: boolean;
    /** What the program declares of it. Of a secret, only that there is one. */
    readonly inputs: Readonly<Record<string, unknown>>;
    /** URN of its provider. Absent for a component and for a provider. */
    readonly provider?: string;
}

/** Which stack. */
export interface StackAddress {
    /** Folder with Pulumi.yaml. */
    readonly folder: string;
    readonly stack: string;
}

/**
 * The resources that a stack's state has, by the engine's own export. Secrets stay encrypted on the way, and are left out here. Nothing is selected or locked.
 *
 * @throws {Error} where there is no such stack, or its state can't be read.
 */
export async function stackResources({ folder, stack }: StackAddress): Promise<readonly StackResource[]> {
    // The Automation API's export asks for secrets in plain text, which this code does not need.
    const { stdout, stderr, exitCode } = await execa("pulumi", ["stack", "export", "--stack", stack, "--non-interactive"], { cwd: folder, reject: false });
    if (exitCode !== 0) {
        throw new Error(`'pulumi stack export' did not work: ${stderr.replace(/^error: /, "").split("\n")[0] ?? ""}`);
    }
    return resourcesIn(stdout);
}

/** The resources in an export. @throws {Error} when it is not an export. */
export function resourcesIn(text: string): readonly StackResource[] {
    const { deployment } = exportSchema.parse(JSON.parse(text));
    return deployment.resources.map(({ urn, type, protect = false, inputs = {}, provider }) => ({
        urn,
        type,
        name: urn.slice(urn.lastIndexOf("::") + 2),
        protect,
        inputs: z.record(z.string(), z.unknown()).parse(withoutSecrets(inputs)),
        ...(provider === undefined || provider === "" ? {} : { provider: provider.slice(0, provider.lastIndexOf("::")) }),
    }));
}

const exportSchema = z.object({
    deployment: z.object({
        resources: z
            .array(
                z.object({
                    urn: z.string().min(1),
                    type: z.string().min(1),
                    protect: z.boolean().optional(),
                    inputs: z.record(z.string(), z.unknown()).optional(),
                    provider: z.string().optional(),
                }),
            )
            .default([]),
    }),
});

/** Marks of a secret in a state. @see https://www.pulumi.com/docs/iac/concepts/secrets/ */
const [signature, secretSignature] = ["4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"];

function withoutSecrets(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(withoutSecrets);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    return Reflect.get(value, signature) === secretSignature
        ? "[secret]"
        : Object.fromEntries(Object.entries(value).map(([key, member]: [string, unknown]) => [key, withoutSecrets(member)]));
}

/** Which rules to check on a stack's resources. */
export interface PolicyQuestion {
    readonly resources: readonly StackResource[];
    readonly environment: Environment;
    /** Names of the rules to check. */
    readonly rules: ReadonlySet<string>;
    /** For waivers that end. */
    readonly nowMs: number;
}

/** Judges rules of the program's policies on what a stack has. */
export type PolicyJudge = (question: PolicyQuestion) => Promise<readonly JudgedRule[]>;

import { z } from "zod";

import type { KubernetesObject } from "./subject.ts";

/** Prefix of the annotation that waives a rule for one object; the rule's name follows. */
export const waiverPrefix = "waiver.nova.example.com/";

/** A recorded exception: one rule, one object, for a reason, by a role, until a date. */
export interface Waiver {
    readonly rule: string;
    /** The object that is excepted, or the Pulumi resource's name. */
    readonly on: string;
    readonly reason: string;
    /** Role that answers for it, such as `operations-lead`. */
    readonly owner: string;
    /** Last day on which it holds, `YYYY-MM-DD`, in UTC. */
    readonly expires: string;
}

/** What is wrong with a waiver that does not hold. */
export interface BrokenWaiver {
    readonly rule: string;
    readonly on: string;
    readonly problem: string;
    readonly fix: string;
}

const content = z.strictObject({
    reason: z.string().min(10, "give a reason of at least 10 characters"),
    owner: z.string().regex(/^[a-z]+(-[a-z]+)*$/, "owner is a role in kebab case, such as operations-lead"),
    expires: z.iso.date("expires is a day, such as 2026-03-31"),
});

const configured = content.extend({ rule: z.string(), resource: z.string() });

/** The waivers on `object`, read from its annotations, those that hold apart from those that don't. `rules` are the names that may be waived. */
export function waiversOn(object: KubernetesObject, rules: ReadonlySet<string>, nowMs: number): readonly (Waiver | BrokenWaiver)[] {
    const found: (Waiver | BrokenWaiver)[] = [];
    for (const [key, value] of Object.entries(object.annotations)) {
        if (key.startsWith(waiverPrefix)) {
            found.push(judged(key.slice(waiverPrefix.length), `${object.kind} ${object.name}`, parsed(value, content), rules, nowMs));
        }
    }
    return found;
}

/** A waiver from the pack's configuration, for a resource that carries no annotations: JSON text with rule, resource, reason, owner and expires. */
export function configuredWaiver(value: string, rules: ReadonlySet<string>, nowMs: number): Waiver | BrokenWaiver {
    const read = parsed(value, configured);
    return typeof read === "string"
        ? {
              rule: "?",
              on: "configuration",
              problem: `a configured waiver can't be read: ${read}`,
              fix: "write JSON with rule, resource, reason, owner and expires",
          }
        : judged(read.rule, read.resource, { reason: read.reason, owner: read.owner, expires: read.expires }, rules, nowMs);
}

/** Whether a waiver holds. */
export function holds(waiver: Waiver | BrokenWaiver): waiver is Waiver {
    return "expires" in waiver;
}

function judged(rule: string, on: string, read: z.infer<typeof content> | string, rules: ReadonlySet<string>, nowMs: number): Waiver | BrokenWaiver {
    if (!rules.has(rule)) {
        return {
            rule,
            on,
            problem: `the waiver names "${rule.slice(0, 80)}", which is no rule that can be waived`,
            fix: "use a rule's name from docs/policies.md, or remove the waiver",
        };
    }
    if (typeof read === "string") {
        return {
            rule,
            on,
            problem: `the waiver of ${rule} can't be read: ${read}`,
            fix: 'write {"reason": "...", "owner": "a role", "expires": "YYYY-MM-DD"}',
        };
    }
    if (nowMs >= Date.parse(`${read.expires}T00:00:00Z`) + dayMs) {
        return { rule, on, problem: `the waiver of ${rule} expired on ${read.expires}`, fix: "fix what it waived, or let its owner renew it" };
    }
    return { rule, on, ...read };
}

function parsed<T>(value: string, schema: z.ZodType<T>): T | string {
    let json: unknown;
    try {
        json = JSON.parse(value);
    } catch {
        return "it is not JSON";
    }
    const result = schema.safeParse(json);
    return result.success ? result.data : result.error.issues.map((problem) => `${problem.path.join(".")}: ${problem.message}`).join("; ");
}

const dayMs = 86_400_000;

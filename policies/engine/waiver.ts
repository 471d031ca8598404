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
    /** Where it stands. */
    readonly place: "annotation" | "configuration";
}

/** What a waiver has to keep to. */
export interface WaiverTerms {
    /** Names of the rules that may be waived. */
    readonly waivable: ReadonlySet<string>;
    /** Now, in milliseconds since 1970. */
    readonly nowMs: number;
    /** The last day may lie this many days ahead at the most. */
    readonly longestDays: number;
    /** Who made the change: one or several, with commas or blanks between them. Undefined where it is not known. */
    readonly author: string | undefined;
    /** Who holds which role, each `role: person`. Empty where that is not known. */
    readonly holders: readonly string[];
}

/** How long a waiver holds at the most, in days: a quarter. */
export const longestTermDays = 90;

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

/** The waivers on `object`, read from its annotations: those that hold, and those that don't. */
export function waiversOn(object: KubernetesObject, terms: WaiverTerms): readonly (Waiver | BrokenWaiver)[] {
    const found: (Waiver | BrokenWaiver)[] = [];
    for (const [key, value] of Object.entries(object.annotations)) {
        if (key.startsWith(waiverPrefix)) {
            found.push(
                judged({ rule: key.slice(waiverPrefix.length), on: `${object.kind} ${object.name}`, place: "annotation" }, parsed(value, content), terms),
            );
        }
    }
    return found;
}

/** A waiver from the pack's configuration, for a resource that carries no annotations: JSON text with rule, resource, reason, owner and expires. */
export function configuredWaiver(value: string, terms: WaiverTerms): Waiver | BrokenWaiver {
    const read = parsed(value, configured);
    return typeof read === "string"
        ? {
              rule: "?",
              on: "configuration",
              problem: `a configured waiver can't be read: ${read}`,
              fix: "write JSON with rule, resource, reason, owner and expires",
          }
        : judged({ rule: read.rule, on: read.resource, place: "configuration" }, { reason: read.reason, owner: read.owner, expires: read.expires }, terms);
}

/** Whether a waiver holds. */
export function holds(waiver: Waiver | BrokenWaiver): waiver is Waiver {
    return "expires" in waiver;
}

function judged({ rule, on, place }: Pick<Waiver, "rule" | "on" | "place">, read: z.infer<typeof content> | string, terms: WaiverTerms): Waiver | BrokenWaiver {
    const { nowMs, longestDays } = terms;
    if (!terms.waivable.has(rule)) {
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
    const lastDayMs = Date.parse(`${read.expires}T00:00:00Z`);
    if (nowMs >= lastDayMs + dayMs) {
        return { rule, on, problem: `the waiver of ${rule} expired on ${read.expires}`, fix: "fix what it waived, or let its owner renew it" };
    }
    if (lastDayMs > nowMs + longestDays * dayMs) {
        return {
            rule,
            on,
            problem: `the waiver of ${rule} runs until ${read.expires}, more than ${String(longestDays)} days from now`,
            fix: "choose an earlier day: its owner renews it then, or the cause is fixed",
        };
    }
    const wrongOwner = whyNotOwner(read.owner, terms);
    return wrongOwner === undefined
        ? { rule, on, place, ...read }
        : { rule, on, problem: `the waiver of ${rule} does not count: ${wrongOwner}`, fix: "let another role own it" };
}

/** Why `owner` can't own a waiver in this change: the author may not except the own change. */
function whyNotOwner(owner: string, { author, holders }: WaiverTerms): string | undefined {
    const persons = holders.map((entry) => entry.split(":", 2).map(personOf)).filter(([role]) => role === owner);
    if (holders.length > 0 && persons.length === 0) {
        return `no person is listed for the role ${owner}`;
    }
    if (author === undefined || author.trim() === "") {
        return undefined;
    }
    // Several have commas or blanks between them, and a name may have a blank too.
    const authors = [author, ...author.split(/[\s,]+/)].map(personOf);
    if (authors.includes(owner) || (persons.length > 0 && persons.every(([, person = ""]) => authors.includes(person)))) {
        return `its owner ${owner} is the author of the change`;
    }
    return undefined;
}

/** A person, as identity providers and people write them: with or without `@`, in any case. */
function personOf(name: string): string {
    return name.trim().replace(/^@/, "").toLowerCase();
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

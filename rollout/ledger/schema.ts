import { z } from "zod";

import type { Approval } from "../consent/approval.ts";
import { preflightChecks } from "../checklist/preflight.ts";
import type { Signature } from "../checklist/signature.ts";
import { toldMessages } from "../announce/message.ts";
import type { Override } from "../consent/override.ts";
import type { Role } from "../plan/plan.ts";
import type { CheckResult } from "../preflight/preflight.ts";
import type { Judgement } from "../gate/verdict.ts";
import { evidenceSchema, numberSchema, words } from "./evidence-schema.ts";
import { type KeptEvidence, type LedgerRecord, ledgerVersion, notifierNames } from "./ledger-record.ts";
import { type RollbackCause, rollbackCategories } from "../watch/cause.ts";

/**
 * What a stored record must look like. Keys that this version doesn't know are an error at every depth: a reader that skips them would show half of a record. Texts, lists and
 * numbers have bounds.
 */

const text = words.min(1, "is empty");
/** A name: of a user, a role, a criterion. */
const nameText = text.max(1_024, "is too long");

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, "is not sha256:<64 hex>");
const instant = z.iso.datetime("is not a time in UTC");

/** Any role: the plan says which there are, and a record of a role that it had once can still be read. */
const role: z.ZodType<Role> = nameText;

const actor = z.strictObject({ role: role.exactOptional(), identity: nameText, verified: z.boolean() });
const revision = z.strictObject({ name: nameText, digest });
const rollout = z.strictObject({
    stable: revision,
    candidate: revision.exactOptional(),
    from: z.number().min(0).max(100),
    to: z.union([z.int().min(0).max(100), z.literal("finished")]),
});

const approvalFields = { role, identity: nameText, verified: z.boolean(), digest, at: instant, expiresAt: instant, note: text.exactOptional() };

/** An approval as it is stored. */
export const approvalSchema: z.ZodType<Approval> = z.strictObject(approvalFields);

/** A signature on a box of the checklist as it is stored. */
export const signatureSchema: z.ZodType<Signature> = z.strictObject({ ...approvalFields, box: nameText, link: z.url().exactOptional() });

const checkResult: z.ZodType<CheckResult> = z
    .strictObject({
        check: z.enum(preflightChecks),
        state: z.enum(["passed", "failed", "not-configured", "later"]),
        text: words,
        fix: words.exactOptional(),
        /** What records of 0.1.0 have in place of `fix`. */
        mend: words.exactOptional(),
        evidence: z.record(nameText, z.union([words, numberSchema, z.boolean(), z.array(words)])).exactOptional(),
        tookMs: numberSchema,
        skippedBecause: text.exactOptional(),
    })
    .transform(({ mend, ...result }) => (mend === undefined ? result : { fix: mend, ...result }));

/** An override as it is stored. */
export const overrideSchema: z.ZodType<Override> = z.strictObject({
    digest,
    lifts: z.array(nameText).min(1, "lifts nothing"),
    reason: text,
    // Overrides of 0.2.0 and before have none.
    role: role.exactOptional(),
    identity: nameText,
    verified: z.boolean(),
    at: instant,
    expiresAt: instant,
});

const verdict = z.enum(["pass", "hold", "rollback"]);
const judgement: z.ZodType<Judgement> = z.strictObject({
    verdict,
    reasons: z.array(
        z.strictObject({
            criterion: nameText,
            verdict,
            shortfall: z.enum(["breached", "unproven", "unseen"]).exactOptional(),
            text,
            value: numberSchema.exactOptional(),
            bound: numberSchema.exactOptional(),
            samples: numberSchema,
            neededSamples: numberSchema.exactOptional(),
        }),
    ),
});

const keptEvidence: z.ZodType<KeptEvidence> = z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("whole"), evidence: evidenceSchema }),
    z.strictObject({ kind: z.literal("trimmed"), note: text, digest }),
]);

const common = {
    version: z.literal(ledgerVersion),
    sequence: z.int().min(1),
    at: instant,
    previousHash: digest,
    hash: digest,
    actor,
    rollout,
    commit: nameText.exactOptional(),
    text,
};
const grounds = {
    judgement: judgement.exactOptional(),
    evidence: keptEvidence.exactOptional(),
    approvals: z.array(approvalSchema).exactOptional(),
    overrides: z.array(overrideSchema).exactOptional(),
};

const cause: z.ZodType<RollbackCause> = z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("alarm"), criteria: z.array(nameText), counted: z.enum(["failed", "slow"]), bad: numberSchema, of: numberSchema }),
    z.strictObject({ kind: z.literal("person"), category: z.enum(rollbackCategories) }),
]);

const notifier = z.enum(notifierNames);
const undelivered = z.strictObject({ notifier, reason: text, attempts: z.int().min(0) });

/** Every kind of record. */
export const recordSchema: z.ZodType<LedgerRecord> = z.discriminatedUnion("kind", [
    z.strictObject({ ...common, kind: z.literal("entered"), ...grounds }),
    z.strictObject({ ...common, kind: z.literal("verdict"), judgement, evidence: keptEvidence.exactOptional() }),
    z.strictObject({ ...common, kind: z.literal("rolled-back"), cause: cause.exactOptional(), movedInSeconds: numberSchema.exactOptional(), ...grounds }),
    z.strictObject({ ...common, kind: z.literal("approval"), approval: approvalSchema }),
    z.strictObject({ ...common, kind: z.literal("override"), override: overrideSchema }),
    z.strictObject({ ...common, kind: z.literal("signed"), signatures: z.array(signatureSchema).min(1, "signs nothing") }),
    z.strictObject({ ...common, kind: z.literal("preflight"), results: z.array(checkResult).min(1, "has no result") }),
    z.strictObject({ ...common, kind: z.literal("finished"), ...grounds }),
    z.strictObject({ ...common, kind: z.literal("withdrawn") }),
    z.strictObject({ ...common, kind: z.literal("watch"), ...grounds }),
    z.strictObject({ ...common, kind: z.literal("checkpoint"), hours: z.literal([24, 48]), ...grounds }),
    z.strictObject({
        ...common,
        kind: z.literal("told"),
        message: z.enum(toldMessages),
        delivered: z.array(z.strictObject({ notifier, at: instant, attempts: z.int().min(1) })).min(1, "is delivered by nobody"),
        undelivered: z.array(undelivered),
    }),
    z.strictObject({ ...common, kind: z.literal("not-told"), message: z.enum(toldMessages), undelivered: z.array(undelivered) }),
    z.strictObject({ ...common, kind: z.literal("note"), purpose: z.literal("retry").exactOptional() }),
]);

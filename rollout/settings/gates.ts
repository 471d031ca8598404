import { z } from "zod";

import { signatureDays } from "../checklist/signature.ts";
import { shortestReason } from "../consent/reason.ts";
import type { Role } from "../plan/plan.ts";
import { text } from "./text.ts";

/** The schema of the key `gates`. */
export const gatesSchema = z.discriminatedUnion(
    "kind",
    [
        z.strictObject({
            kind: z.literal("full").meta({
                description:
                    "`full`: a step forward needs its soak, its gate on live metrics and its approvals. `order-only`: only the order of steps is guarded; for a lab.",
                examples: ["full"],
            }),
            lackOfEvidence: z
                .enum(["roll-back", "wait"])
                .exactOptional()
                .meta({
                    description:
                        "What a watcher does when a step's hold has lasted as long as the plan allows and nothing is wrong but that too few requests were seen: `roll-back`, or `wait` for people. What is breached or can't be seen is rolled back all the same. Defaults to `roll-back`.",
                    examples: ["wait"],
                    fix: "use roll-back or wait, or leave it out",
                }),
        }),
        z.strictObject({
            kind: z.literal("order-only"),
            reason: text.min(shortestReason, `has fewer than ${String(shortestReason)} characters`).meta({
                description: "Why steps are taken without evidence. Needed with `order-only`, and shown at each step.",
                examples: ["this lab has no metrics yet"],
                fix: "say in a sentence why steps are taken without evidence",
            }),
        }),
    ],
    "is not a kind of gates",
);

const actors = (role: Role) =>
    z
        .array(text)
        .min(1, "is empty")
        .exactOptional()
        .meta({
            description: `Identities that may act as ${role}, as the API server or the pipeline names them. Defaults to every user.`,
            examples: [[`${role}@example.com`]],
            fix: "list identities as text, or remove the role to let every user act for it",
        });

/** The schema of the key `approvals`, for a plan with these roles. */
export const approvalsSchema = (roles: readonly Role[]) =>
    z
        .strictObject({
            roles: z
                .strictObject(Object.fromEntries(roles.map((role) => [role, actors(role)])))
                .exactOptional()
                .meta({ description: "Who may act for a role.", fix: `use the roles of the plan: ${roles.join(", ")}` }),
            requireVerifiedIdentity: z
                .boolean()
                .exactOptional()
                .meta({
                    description:
                        "Whether an approval counts only when something other than the approver's own word vouches for who it was. Defaults to true in prod.",
                    examples: [true],
                    fix: "use true or false",
                }),
            identities: z
                .record(text, text)
                .exactOptional()
                .meta({
                    description:
                        "Identity at the API server of each login at the forge that may make a change, so that no author approves a change of their own. Where identities must be verified, a change by a login without an entry can't be approved.",
                    examples: [{ octocat: "octocat@example.com" }],
                    fix: "give each login the name that the API server knows the person by",
                }),
        })
        .exactOptional()
        .meta({ description: "Which approvals count.", fix: "set roles, requireVerifiedIdentity or identities" });

const identityList = (whose: string, example: string) =>
    z
        .array(text)
        .min(1, "is empty")
        .meta({ description: whose, examples: [[example]], fix: "list users as the API server names them, or remove the key" });

/** The schema of the key `ledger`. */
export const ledgerSchema = z.strictObject({
    writers: z
        .strictObject({
            deployers: identityList(
                "Users that run `pulumi up`, as the API server names them: they may write every kind of record.",
                "system:serviceaccount:ci:deployer",
            ),
            operators: identityList(
                "Users that run `rollout` by hand: they may write what a command writes, and not that a step was taken. Defaults to none.",
                "operations-lead@example.com",
            ).exactOptional(),
        })
        .meta({
            description: "Whose records count. The watchdog's always do, of the kinds that a watch writes.",
            fix: "set deployers, and operators if there are any",
        }),
});

const signatureTerm = {
    signatureDays: z
        .int("is not a whole number")
        .min(1, "is below 1")
        .max(30, "is above 30")
        .default(signatureDays)
        .meta({ description: "How long a signature on the checklist counts, in days of the plan.", examples: [7], fix: "use 1 to 30 days" }),
};

/** The schema of the key `checklist`. */
export const checklistSchema = z.discriminatedUnion(
    "enforced",
    [
        z.strictObject({
            ...signatureTerm,
            enforced: z.literal(true).meta({
                description: "Whether a step is refused while a box of the checklist that it needs is open. Defaults to true in prod, false elsewhere.",
                examples: [true],
                fix: "use true; or false with a reason, outside prod",
            }),
        }),
        z.strictObject({
            ...signatureTerm,
            enforced: z.literal(false),
            reason: text.min(shortestReason, `has fewer than ${String(shortestReason)} characters`).meta({
                description: "Why steps are taken with open boxes. Needed with `enforced: false`, and shown at each step.",
                examples: ["a lab has no team that could sign"],
                fix: "say in a sentence why the checklist is not asked",
            }),
        }),
    ],
    "is neither true nor false",
);

/** What a step forward needs: its soak, its gate and its approvals, or nothing but the order of steps. The second is for a lab, and says why. */
export type GatesConfig = z.infer<typeof gatesSchema>;

/** Whether a step is refused while a box of the checklist that it needs is open. Where it is not, the config says why. */
export type ChecklistConfig = z.infer<typeof checklistSchema>;

/** Which approvals count, with what the environment decides filled in. */
export interface ApprovalsConfig {
    /** Who may act for a role. A role that is not listed is open to every user. */
    readonly roles: Readonly<Record<Role, readonly string[]>>;
    /** Whether an identity that nothing vouches for is refused. */
    readonly requireVerifiedIdentity: boolean;
    /** Identity at the API server of each login at the forge. */
    readonly identities: Readonly<Record<string, string>>;
}

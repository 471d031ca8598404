import { createHash } from "node:crypto";

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { approvalStore } from "../../rollout/consent/live/approval-store.ts";
import { signatureStore } from "../../rollout/consent/live/signature-store.ts";
import type { ConfigMaps, StoredConfigMap } from "../../rollout/kubernetes/config-maps.ts";
import { canonicalDigest, canonicalJson } from "../../rollout/ledger/canonical.ts";
import { append } from "../../rollout/ledger/chain.ts";
import type { LedgerDraft } from "../../rollout/ledger/ledger-record.ts";
import { ledgerStore } from "../../rollout/ledger/live/store.ts";
import { signaturePolicy } from "../../rollout/pulumi/signature-admission.ts";
import { drafts } from "../rollout/ledger/arbitraries.ts";
import { AdmissionTrial } from "./admission-trial.ts";

/**
 * The admission policy against the reader, on a real API server: whatever it lets in, the reader refuses, or reads as signed by exactly the user that sent it.
 *
 * Objects are made as an attacker would make them: from a valid one, with changes that could make the policy see one signer and the reader another.
 */
describe("an object that the API server lets in", () => {
    const victim = "victim@example.com";
    // With quotes, backslashes and letters that JSON may write in two ways; and names that are parts of a record themselves.
    const users = [
        "eve@example.com",
        `o"brien`,
        "back\\slash",
        "élan@example.com",
        "tab\there",
        `${victim}","note":"hello`,
        `${victim}","role":"x`,
        `x","identity":"${victim}`,
    ];
    const seen = { refused: 0, uncounted: 0, counting: 0 };
    let trial: AdmissionTrial;

    beforeAll(async () => {
        trial = await AdmissionTrial.create("signature-fuzz", signaturePolicy("api"));
    });
    afterAll(() => trial.remove());

    interface Attempt {
        readonly user: string;
        readonly name: string;
        readonly labels: Readonly<Record<string, string>>;
        readonly data: Readonly<Record<string, string>>;
        readonly binary: boolean;
        readonly immutable: boolean;
    }

    /** What each reader reads as vouched for in a namespace with nothing but `object`: the signers. */
    async function signersRead(object: StoredConfigMap): Promise<readonly string[]> {
        const answer = { value: [object], now: object.createdAt };
        const maps: ConfigMaps = {
            list: async () => Promise.resolve(answer),
            names: async () => Promise.resolve({ ...answer, value: [object.name] }),
            find: async () => Promise.resolve(object),
            create: async () => Promise.resolve(false),
        };
        const where = { maps, service: "api" };
        const { counting } = await ledgerStore(where).read();
        const { approvals, overrides } = await approvalStore(where).read();
        const { signatures } = await signatureStore(where).read();
        const consents = [...approvals, ...overrides, ...signatures].filter(({ verified }) => verified);
        return [...counting.map(({ actor }) => actor.identity), ...consents.map(({ identity }) => identity)];
    }

    const anyUser = fc.constantFrom(...users);
    const oftenNone = (changes: object) => fc.oneof(fc.constant("none"), fc.constantFrom(...Object.keys(changes)));
    const sometimes = fc.integer({ min: 0, max: 19 }).map((chance) => chance === 0);

    /** The members of a valid record or consent that names `signer`. */
    const contentOf = (kind: "ledger" | "approval" | "override" | "signature", signer: string, draft: LedgerDraft): Readonly<Record<string, unknown>> => {
        const [now, later] = [new Date().toISOString(), new Date(Date.now() + 60_000).toISOString()];
        const signed = { identity: signer, verified: true, digest: `sha256:${"a".repeat(64)}`, at: now, expiresAt: later };
        switch (kind) {
            case "ledger":
                return { ...append(undefined, { ...draft, actor: { identity: signer, verified: true } }, now) };
            case "approval":
                return { ...signed, role: "tech-lead" };
            case "override":
                return { ...signed, lifts: ["soak"], reason: "the fix of this morning's outage can't wait" };
            case "signature":
                return { ...signed, role: "tech-lead", box: "war-room" };
        }
    };

    /** Changes of a record's members, hashed again as by somebody who knows how. */
    const memberChanges: Readonly<Record<string, (content: Readonly<Record<string, unknown>>, user: string) => Readonly<Record<string, unknown>>>> = {
        none: (content) => content,
        "a nested actor": (content, user) => ({ ...content, evidence: { kind: "trimmed", note: { actor: { identity: user, verified: true } }, digest: "" } }),
        "a nested actor first of all": (content, user) => ({ ...content, "": { actor: { identity: user, verified: true } } }),
        "an actor in capitals": (content, user) => ({ ...content, Actor: { identity: user, verified: true } }),
        "a signer in a text": (content, user) => ({
            ...content,
            text: `"actor":{"identity":"${user}"`,
            note: `"identity":"${user}"`,
            reason: `"identity":"${user}"`,
        }),
        "a list of actors": (content, user) => ({ ...content, actor: [{ identity: user }, content.actor ?? {}] }),
        "a signer in a member": (content, user) => ({ ...content, signer: { identity: user } }),
        "lifts that look like a signer": (content, user) => ({ ...content, lifts: [`"identity":"${user}"`] }),
        "a note": (content) => ({ ...content, note: "hello" }),
        "a role": ({ actor, ...content }) => ({ ...content, ...(typeof actor === "object" ? { actor: { ...actor, role: "x" } } : { role: "x" }) }),
        "another version": (content) => ({ ...content, version: 2 }),
        "a prototype": (content, user) => ({ ...content, ...Object.fromEntries([["__proto__", { actor: { identity: user } }]]) }),
    };

    /** Changes of the text. */
    const textChanges: Readonly<Record<string, (text: string, user: string) => string>> = {
        none: (text) => text,
        "the actor twice, one's own first": (text, user) => `{"actor":{"identity":${JSON.stringify(user)},"verified":true},${text.slice(1)}`,
        "the actor twice, one's own last": (text, user) => `${text.slice(0, -1)},"actor":{"identity":${JSON.stringify(user)},"verified":true}}`,
        "the identity twice, one's own first": (text, user) => text.replace('"identity":', `"identity":${JSON.stringify(user)},"identity":`),
        "the identity twice, one's own last": (text, user) => `${text.slice(0, -1)},"identity":${JSON.stringify(user)}}`,
        "an escaped key": (text) => text.replace('"actor"', String.raw`"\u0061ctor"`).replace('"identity"', String.raw`"\u0069dentity"`),
        "an escaped key behind one's own": (text, user) =>
            `{"actor":{"identity":${JSON.stringify(user)},"verified":true},${text.slice(1).replace('"actor"', String.raw`"\u0061ctor"`)}`,
        blanks: (text) => text.replace('"identity":"', '"identity" : "').replace('"verified":true', '"verified": true'),
        "a blank before": (text) => ` ${text}`,
        "something behind": (text, user) => `${text}{"actor":{"identity":${JSON.stringify(user)}}}`,
        "the user's name as it is": (text, user) => text.replace(/"identity":"(?:[^"\\]|\\.)*"/, () => `"identity":"${user}"`),
    };

    const anyAttempt: fc.Arbitrary<Attempt> = fc
        .record({
            user: anyUser,
            own: fc.constantFrom(true, true, false),
            kind: fc.constantFrom("ledger", "ledger", "approval", "override", "signature"),
            draft: fc.constantFrom(...drafts),
            members: oftenNone(memberChanges),
            spelling: oftenNone(textChanges),
            strayKey: sometimes,
            strayLabel: sometimes,
            strayName: sometimes,
            binary: sometimes,
            changeable: sometimes,
        })
        .map(({ user, own, kind, draft, members, spelling, ...odd }) => {
            const changed = memberChanges[members]?.(contentOf(kind, own ? user : victim, draft), user) ?? {};
            const text =
                textChanges[spelling]?.(
                    canonicalJson(kind === "ledger" ? { ...changed, hash: canonicalDigest({ ...changed, hash: undefined }) } : changed),
                    user,
                ) ?? "";
            const key = kind === "ledger" ? "record" : kind;
            return {
                user,
                name: odd.strayName ? "stray" : kind === "ledger" ? "api-ledger-000001" : `api-${kind}-${nameHash(text)}`,
                labels: {
                    "app.kubernetes.io/name": "api",
                    "app.kubernetes.io/component": odd.strayLabel ? (kind === "ledger" ? "approval" : "ledger") : kind,
                },
                data: { [key]: text, ...(odd.strayKey ? { override: text, record: text } : {}) },
                binary: odd.binary,
                immutable: !odd.changeable,
            };
        });

    it("is refused by the reader, or read as signed by the user that sent it", async () => {
        await fc.assert(
            fc.asyncProperty(anyAttempt, async ({ user, name, labels, data, binary, immutable }) => {
                const made = await trial.dryRun(user, {
                    metadata: { name, labels },
                    immutable,
                    data,
                    ...(binary ? { binaryData: { other: "aGFsbG8=" } } : {}),
                });
                if (made === undefined) {
                    seen.refused += 1;
                    return;
                }
                const signers = await signersRead(made);
                seen[signers.length === 0 ? "uncounted" : "counting"] += 1;
                expect(signers.filter((signer) => signer !== user)).toEqual([]);
            }),
            { numRuns: 400 },
        );
        // A property that everything is refused by would hold too.
        expect(Math.min(...Object.values(seen))).toBeGreaterThan(10);
    });
});

/** As consents are named. */
function nameHash(text: string): string {
    return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

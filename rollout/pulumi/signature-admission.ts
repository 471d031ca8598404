import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { type LedgerWriters, writersOf } from "../ledger/writers.ts";
import { recommendedLabels } from "./labels.ts";

export interface SignatureAdmissionArgs {
    readonly namespace: pulumi.Input<string>;
    /** The namespace's name, known before it is there: a policy is no object of a namespace, so its own name says whose it is. */
    readonly namespaceName: string;
    /** Name of the service whose approvals, overrides and ledger are guarded. */
    readonly service: string;
    /** Who may write which records of the ledger. If omitted, every user may write every kind. */
    readonly writers?: LedgerWriters;
}

/**
 * Lets no user sign in another's name: the API server itself refuses an approval, an override or a signature on the checklist that claims to be verified and
 * names a person other than who sends it, and a record of the ledger with another actor, or of a kind that the sender may not write.
 *
 * An approval that does not claim to be verified is let through; whether it counts is the stack's policy.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export class SignatureAdmission extends pulumi.ComponentResource {
    constructor(name: string, args: SignatureAdmissionArgs, opts?: pulumi.ComponentResourceOptions) {
        super("progressive-rollout:rollout:SignatureAdmission", name, args, opts);
        const { namespace, namespaceName, service, writers } = args;
        const metadata = { name: `${namespaceName}-${service}-signatures`, labels: recommendedLabels({ service, component: "signatures" }) };
        const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
            `${name}-policy`,
            { metadata, spec: signaturePolicy(service, writers) },
            { parent: this },
        );
        new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
            `${name}-binding`,
            {
                metadata,
                spec: {
                    policyName: policy.metadata.name,
                    validationActions: ["Deny"],
                    matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } },
                },
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}

/**
 * What the API server asks of an approval, an override, a signature or a record of the ledger.
 *
 * The signer must stand where nothing that its maker writes can stand: a record begins with its actor, and a consent names one identity only. It is compared as canonical JSON
 * writes it. A text in any other form may get past, and counts for nothing (rollout/consent/live/written-consents.ts, rollout/ledger/reading.ts); what the API server lets in and the
 * reader reads was sent by the user that it names (test/lab/signature-admission.test.ts tries it with objects made at random).
 *
 * The labels are those by which the objects are found: one that gets them later is checked then. A record is found by its name too, and so is checked by it.
 *
 * A kind is looked for anywhere in a record, which can only refuse too much: inside of a text, its quotes would be escaped. There are three of these searches in an expression at the
 * most: of a record of a megabyte, the API server lets no expression do more, and a pattern would cost more than that.
 *
 * @param writers who may write which records of the ledger. If omitted, every user may write every kind.
 */
export function signaturePolicy(service: string, writers?: LedgerWriters) {
    return {
        // A signature that can't be checked is not taken.
        failurePolicy: "Fail",
        matchConstraints: { resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["configmaps"] }] },
        matchConditions: [
            {
                name: "is-signed",
                expression: `${label("name")} == '${service}' && ${component} in ['approval', 'override', 'signature', 'ledger'] || ${isRecordName(service)}`,
            },
        ],
        variables: [
            { name: "isRecord", expression: `${component} == 'ledger' || ${isRecordName(service)}` },
            { name: "key", expression: `variables.isRecord ? 'record' : ${component}` },
            { name: "text", expression: "has(object.data) ? object.data[?variables.key].orValue('') : ''" },
            { name: "signer", expression: String.raw`'"identity":"' + request.userInfo.username.replace('\\', '\\\\').replace('"', '\\"') + '"'` },
        ],
        validations: [
            {
                expression: "has(object.data) && object.data.size() == 1 && variables.key in object.data && !has(object.binaryData)",
                messageExpression: `"it holds the one text '" + variables.key + "', or it is none of this service's signatures and records"`,
                reason: "Forbidden",
            },
            {
                expression: `variables.isRecord || !variables.text.contains('"verified":true') || ${namesOnlySigner}`,
                messageExpression: anotherSigner,
                reason: "Forbidden",
            },
            {
                expression: "!variables.isRecord || variables.text.startsWith('{\"actor\":{' + variables.signer)",
                messageExpression: anotherSigner,
                reason: "Forbidden",
            },
            {
                expression: `!variables.isRecord || ${component} == 'ledger' && ${label("name")} == '${service}' && object.?immutable.orValue(false)`,
                message: "a record of the ledger has the labels of one, and is immutable",
                reason: "Forbidden",
            },
            ...(writers === undefined ? [] : writerValidations(writers)),
        ],
    };
}

const anotherSigner = '"it names another user as the signer, and you are " + request.userInfo.username + ": sign in your own name"';

/** One identity in the whole text, and it is the signer's. */
const namesOnlySigner = `variables.text.split('"identity":"').size() == 2 && variables.text.contains(variables.signer)`;

/** For each group of kinds that not every user may write: that the writer is among those who may. */
function writerValidations(writers: LedgerWriters) {
    const kindsOf = new Map<string, { readonly users: readonly string[]; readonly kinds: string[] }>();
    for (const [kind, groups] of Object.entries(writersOf)) {
        if (typeof groups !== "string") {
            const users = groups.flatMap((group) => writers[group]);
            const key = JSON.stringify(users);
            const found = kindsOf.get(key) ?? { users, kinds: [] };
            found.kinds.push(kind);
            kindsOf.set(key, found);
        }
    }
    return [...kindsOf.values()].flatMap(({ users, kinds }) =>
        inGroups(kinds).map((some) => ({
            expression: `!variables.isRecord || request.userInfo.username in [${users.map(celText).join(", ")}] || !(${kindsIn(some)})`,
            messageExpression: `request.userInfo.username + " may not write records of kind ${kinds.join(" or ")}: ledger.writers of the stack's config names who may"`,
            reason: "Forbidden",
        })),
    );
}

/** Whether the record is of one of `kinds`, as far as a search can tell. */
export function kindsIn(kinds: readonly string[]): string {
    return kinds.map((kind) => `variables.text.contains('"kind":"${kind}"')`).join(" || ");
}

/** `kinds`, a few at a time. */
export function inGroups(kinds: readonly string[]): readonly (readonly string[])[] {
    return Array.from({ length: Math.ceil(kinds.length / searchesAtMost) }, (_, group) => kinds.slice(group * searchesAtMost, (group + 1) * searchesAtMost));
}

/** Searches through a text of a megabyte in one expression: each costs 200,000 of the 1,000,000 that the API server allows. */
const searchesAtMost = 3;

/** A text, as an expression has it. */
export function celText(text: string): string {
    return JSON.stringify(text);
}

/** A label of the object; the empty text where it has none. */
function label(key: "name" | "component"): string {
    return `object.metadata.?labels[?'app.kubernetes.io/${key}'].orValue('')`;
}

const component = label("component");

/** Whether the object's name is that of a record. */
export function isRecordName(service: string): string {
    return `object.metadata.name.matches('^${service}-ledger-[0-9]{6,}$')`;
}

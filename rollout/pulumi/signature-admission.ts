import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { recommendedLabels } from "./labels.ts";

export interface SignatureAdmissionArgs {
    readonly namespace: pulumi.Input<string>;
    /** The namespace's name, known before it is there: a policy is no object of a namespace, so its own name says whose it is. */
    readonly namespaceName: string;
    /** Name of the service whose approvals, overrides and ledger are guarded. */
    readonly service: string;
}

/**
 * Lets no user sign in another's name: the API server itself refuses an approval, an override or a signature on the checklist that claims to be verified and
 * names a person other than who sends it, and a record of the ledger with another actor.
 *
 * An approval that does not claim to be verified is let through; whether it counts is the stack's policy.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export class SignatureAdmission extends pulumi.ComponentResource {
    constructor(name: string, args: SignatureAdmissionArgs, opts?: pulumi.ComponentResourceOptions) {
        super("progressive-rollout:rollout:SignatureAdmission", name, args, opts);
        const { namespace, namespaceName, service } = args;
        const metadata = { name: `${namespaceName}-${service}-signatures`, labels: recommendedLabels({ service, component: "signatures" }) };
        const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
            `${name}-policy`,
            { metadata, spec: signaturePolicy(service) },
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
 * What the API server asks of an approval, an override or a record of the ledger.
 *
 * It looks for the signer in the text as this program writes it, each text of an object by itself. A text in any other form may get past it, and counts for
 * nothing (rollout/consent/live/approval-store.ts, rollout/ledger/reading.ts). The labels are those by which the objects are found: one that gets them later is
 * checked then. Only `contains` is used: on a record of a megabyte, a pattern would cost more than the API server lets an expression cost.
 */
export function signaturePolicy(service: string) {
    const messageExpression = '"it names another user as the signer, and you are " + request.userInfo.username + ": sign in your own name"';
    return {
        // A signature that can't be checked is not taken.
        failurePolicy: "Fail",
        matchConstraints: { resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["configmaps"] }] },
        matchConditions: [
            { name: "is-signed", expression: `${label("name")} == '${service}' && ${component} in ['approval', 'override', 'signature', 'ledger']` },
        ],
        validations: [
            {
                expression: `${component} == 'ledger' || ${everyText(`!TEXT.contains('"verified":true') || TEXT.contains('"identity":"' + request.userInfo.username + '"')`)}`,
                messageExpression,
                reason: "Forbidden",
            },
            {
                expression: `${component} != 'ledger' || ${everyText(`TEXT.contains('"actor":{"identity":"' + request.userInfo.username + '"')`)}`,
                messageExpression,
                reason: "Forbidden",
            },
        ],
    };
}

/** A label of the object; the empty text where it has none. */
function label(key: "name" | "component"): string {
    return `object.metadata.?labels[?'app.kubernetes.io/${key}'].orValue('')`;
}

const component = label("component");

/** `condition` of every text of the object, which it calls TEXT. */
function everyText(condition: string): string {
    return `(!has(object.data) || object.data.all(key, ${condition.replaceAll("TEXT", "object.data[key]")}))`;
}

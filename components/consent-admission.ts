import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { recommendedLabels } from "./labels.ts";

export interface ConsentAdmissionArgs {
    readonly namespace: pulumi.Input<string>;
    /** The namespace's name, known before it is there: a policy is no object of a namespace, so its own name says whose it is. */
    readonly namespaceName: string;
    /** Name of the service whose approvals and overrides are guarded. */
    readonly service: string;
}

/**
 * Lets nobody sign in another's name: the API server itself refuses an approval or an override that claims to be verified and names somebody other than
 * who sends it.
 *
 * What does not claim to be verified is let through; whether that counts is the stack's policy.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export class ConsentAdmission extends pulumi.ComponentResource {
    constructor(name: string, args: ConsentAdmissionArgs, opts?: pulumi.ComponentResourceOptions) {
        super("nova:rollout:ConsentAdmission", name, args, opts);
        const { namespace, namespaceName, service } = args;
        const metadata = { name: `${namespaceName}-${service}-consents`, labels: recommendedLabels({ service, component: "approvals" }) };
        const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
            `${name}-policy`,
            { metadata, spec: consentPolicy(service) },
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
 * What the API server asks of an approval or an override.
 *
 * It looks for the signer in the text as this program writes it, each text of an object by itself. A text in any other form may get past it, and counts for
 * nothing (adapters/approval-store.ts). The labels are those by which consents are found: an object that gets them later is asked then.
 */
export function consentPolicy(service: string) {
    return {
        // A consent that can't be checked is not taken.
        failurePolicy: "Fail",
        matchConstraints: { resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["configmaps"] }] },
        matchConditions: [{ name: "is-a-consent", expression: isConsent(service) }],
        validations: [
            {
                expression: "!has(object.data) || object.data.all(key, " + `!object.data[key].contains('"verified":true') || ${namesTheSender})`,
                messageExpression: '"it names somebody else as the signer, and you are " + request.userInfo.username + ": sign in your own name"',
                reason: "Forbidden",
            },
        ],
    };
}

const namesTheSender = `object.data[key].contains('"identity":"' + request.userInfo.username + '"')`;

function isConsent(service: string): string {
    const [name, component] = ["app.kubernetes.io/name", "app.kubernetes.io/component"].map((key) => `object.metadata.labels[?'${key}'].orValue('')`);
    return `has(object.metadata.labels) && ${name ?? ""} == '${service}' && ${component ?? ""} in ['approval', 'override']`;
}

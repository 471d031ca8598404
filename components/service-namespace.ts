import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { recommendedLabels } from "../rollout/pulumi/labels.ts";
import { type NamespaceQuota, containerLimits, defaultNamespaceQuota, quotaSpec } from "./namespace-quota.ts";
import { type Flow, type NameServer, allowNameLookups, denyAll, rulesOf } from "./network/flows.ts";
import { type WatchdogReach, watchLeaseName, watchdogRules } from "../rollout/pulumi/watchdog-rights.ts";

export interface ServiceNamespaceArgs {
    /** Name of the namespace, such as `nova-prod`: a DNS label. Not `default`, not one of the cluster's own. */
    readonly namespace: string;
    /** Name of the service: prefix of the accounts' names, and `app.kubernetes.io/name` of all pods. */
    readonly service: string;
    /** Traffic that is allowed; all else is denied. `serviceFlows` lists what a service usually needs. */
    readonly flows: readonly Flow[];
    /** Where every pod may look names up: at least one. */
    readonly nameServers: readonly NameServer[];
    /** Service accounts to make, by what they are for: `application`, `backup`, `store`. Each is called `<service>-<purpose>`; none mounts a token. */
    readonly serviceAccounts: readonly string[];
    /** The release watchdog: a service account of its own that may set back the weights of `routeName`, read `testerSecretName` and delete `testersRouteName`. If omitted, there is none. */
    readonly watchdog?: Omit<WatchdogReach, "leaseName">;
    /**
     * What the namespace may use in all.
     *
     * @default `defaultNamespaceQuota`: a rollout at its widest, and every store
     */
    readonly quota?: NamespaceQuota;
    /** Refuse to delete the namespace: true in production, since all its volumes would go with it. */
    readonly protect: boolean;
}

/** Purpose of the watchdog's service account. */
export const watchdogAccount = "watchdog";

/**
 * The namespace of a service, closed by default: only pods that meet the 'restricted' Pod Security Standard, within a quota, with no traffic but the listed flows and no rights
 * but the watchdog's.
 *
 * @throws {RangeError} when the namespace is one of the cluster's own, an account is named twice, or a flow or a name server is not possible.
 */
export class ServiceNamespace extends pulumi.ComponentResource {
    /** Name of the namespace. A resource that uses it waits until the namespace is there. */
    public readonly namespace: pulumi.Output<string>;
    /** Names of the service accounts, by purpose; the watchdog's is there where there is a watchdog. */
    public readonly serviceAccountNames: Readonly<Record<string, pulumi.Output<string>>>;

    constructor(name: string, args: ServiceNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
        refuseClusterNamespace(args.namespace);
        const purposes = [...args.serviceAccounts, ...(args.watchdog === undefined ? [] : [watchdogAccount])];
        refuseTwice(purposes);
        const rules = rulesOf(args.service, args.flows);
        const lookups = allowNameLookups(args.nameServers);
        super("nova:namespace:ServiceNamespace", name, args, opts);
        const child = { parent: this };
        const labelsOf = (component: string): Record<string, string> => recommendedLabels({ service: args.service, component });

        const namespace = new k8s.core.v1.Namespace(
            `${name}-namespace`,
            { metadata: { name: args.namespace, labels: { ...labelsOf("namespace"), ...podSecurityLabels } } },
            { parent: this, protect: args.protect },
        );
        this.namespace = namespace.metadata.name;
        const metadataOf = (component: string, objectName: string): k8s.types.input.meta.v1.ObjectMeta => ({
            name: objectName,
            namespace: this.namespace,
            labels: labelsOf(component),
        });

        new k8s.core.v1.ResourceQuota(
            `${name}-quota`,
            { metadata: metadataOf("namespace", args.service), spec: quotaSpec(args.quota ?? defaultNamespaceQuota) },
            child,
        );
        new k8s.core.v1.LimitRange(`${name}-limits`, { metadata: metadataOf("namespace", args.service), spec: containerLimits }, child);
        new k8s.networking.v1.NetworkPolicy(`${name}-deny-all`, { metadata: metadataOf("namespace", "deny-all"), spec: denyAll }, child);
        new k8s.networking.v1.NetworkPolicy(`${name}-allow-name-lookups`, { metadata: metadataOf("namespace", "allow-name-lookups"), spec: lookups }, child);
        for (const { component, spec } of rules) {
            new k8s.networking.v1.NetworkPolicy(`${name}-allow-${component}`, { metadata: metadataOf(component, `allow-${component}`), spec }, child);
        }

        const accounts = purposes.map((purpose): readonly [string, pulumi.Output<string>] => {
            const account = new k8s.core.v1.ServiceAccount(
                `${name}-account-${purpose}`,
                { metadata: metadataOf(purpose, `${args.service}-${purpose}`), automountServiceAccountToken: false },
                child,
            );
            return [purpose, account.metadata.name];
        });
        this.serviceAccountNames = Object.fromEntries(accounts);

        if (args.watchdog !== undefined) {
            const metadata = metadataOf(watchdogAccount, `${args.service}-${watchdogAccount}`);
            const role = new k8s.rbac.v1.Role(
                `${name}-watchdog-role`,
                { metadata, rules: watchdogRules({ ...args.watchdog, leaseName: watchLeaseName(args.service) }) },
                child,
            );
            new k8s.rbac.v1.RoleBinding(
                `${name}-watchdog-binding`,
                {
                    metadata,
                    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
                    subjects: [{ kind: "ServiceAccount", name: `${args.service}-${watchdogAccount}`, namespace: this.namespace }],
                },
                child,
            );
        }
        this.registerOutputs({ namespace: this.namespace, serviceAccountNames: this.serviceAccountNames });
    }

    /**
     * Name of the service account for `purpose`.
     *
     * @throws {RangeError} when the namespace has none for it.
     */
    public serviceAccountName(purpose: string): pulumi.Output<string> {
        const account = this.serviceAccountNames[purpose];
        if (account === undefined) {
            throw new RangeError(
                `the namespace has no service account for '${purpose}': add it to serviceAccounts (${Object.keys(this.serviceAccountNames).join(", ")})`,
            );
        }
        return account;
    }
}

/** Refuse, report and warn about pods that are not 'restricted'. @see https://kubernetes.io/docs/concepts/security/pod-security-admission/ */
const podSecurityLabels: Readonly<Record<string, string>> = Object.fromEntries(
    ["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]),
);

function refuseClusterNamespace(namespace: string): void {
    if (namespace === "default" || namespace.startsWith("kube-")) {
        throw new RangeError(`namespace is '${namespace}', one of the cluster's own: give the service a namespace to itself`);
    }
}

function refuseTwice(purposes: readonly string[]): void {
    const twice = purposes.filter((purpose, index) => purposes.indexOf(purpose) !== index);
    if (twice.length > 0) {
        throw new RangeError(`serviceAccounts names ${twice.join(", ")} twice: each purpose has one account, and the watchdog's comes by itself`);
    }
}

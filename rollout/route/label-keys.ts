/** What keys are made from: a {@link ServiceProfile} has it. */
export interface LabelPrefix {
    /**
     * DNS subdomain before the `/` of every label and annotation that the library writes. Choose it before the first deployment: the record of a rollout is found by it, and a
     * Deployment's selector, which holds the revision's label, can't be changed.
     *
     * @default "progressive-rollout"
     */
    readonly labelPrefix?: string;
}

/** Keys of the labels and annotations that a rollout's objects carry. `kubectl get httproute -o yaml` shows them to people. */
export interface LabelKeys {
    /** Pod label that tells revisions apart: the only label that selects by version, and constant for the life of a revision. */
    readonly revision: string;
    /** Annotation of a revision's files: the digest of the revision that they were made for. */
    readonly revisionDigest: string;
    /** Annotations of the route and the gate that carry the rollout's record. */
    readonly record: { readonly weightPercent: string; readonly stable: string; readonly candidate: string };
    /**
     * Annotation of the route: the weight that its present one was reached from, in percent.
     *
     * With it, a reader of the new state alone, such as the policy pack, sees a jump.
     */
    readonly previousPercent: string;
    /** Annotation of the route that holds the marks of rollbacks: one line for each, `<name>@<digest> <reason>`. Only a rollback writes it, the program never does. */
    readonly rolledBack: string;
    /** Annotation of the route: the digest of the key that its rule for testers asks for. It shows that the rule is the program's without telling the key. */
    readonly testerKey: string;
    /**
     * Annotations of the gate that say what the step requires, for readers that can't see the conditions themselves: people with kubectl, and the policy pack.
     *
     * They are a statement of the program and no evidence. What was really waited for and who really approved is in the ledger.
     */
    readonly demands: {
        /** How long the step lasts at the least before the next one, in minutes. */
        readonly soakMinutes: string;
        /** Roles that had to approve before the step was entered: `tech-lead,operations-lead`, or `none`. */
        readonly requiredApprovals: string;
    };
    /** Annotation of the watchers' Lease: its holder sees nothing. */
    readonly watcherBlind: string;
}

/** The keys of a service, by the prefix in its profile. */
export function labelKeysOf({ labelPrefix = defaultLabelPrefix }: LabelPrefix): LabelKeys {
    const key = (name: string): string => `${labelPrefix}/${name}`;
    return {
        revision: key("revision"),
        revisionDigest: key("revision-digest"),
        record: { weightPercent: key("rollout-percent"), stable: key("stable"), candidate: key("candidate") },
        previousPercent: key("previous-percent"),
        rolledBack: key("rolled-back"),
        testerKey: key("tester-key"),
        demands: { soakMinutes: key("soak-minutes"), requiredApprovals: key("required-approvals") },
        watcherBlind: key("watcher-blind"),
    };
}

const defaultLabelPrefix = "progressive-rollout";

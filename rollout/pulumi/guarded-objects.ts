import { fields } from "../route/fields.ts";

/** An object that is about to be deleted, by itself or for its replacement. */
export interface CondemnedObject {
    /** Type token: `kubernetes:apps/v1:Deployment`. */
    readonly type: string;
    /** What the provider knows it by: `<namespace>/<name>` in Kubernetes. */
    readonly id: string;
    /** As the state has it. */
    readonly inputs: unknown;
    /** Whether the program still declares it: then it is replaced, or the whole stack ends. */
    readonly declared: boolean;
}

/** Key of the label that says which part of a service an object is. */
export const componentLabel = "app.kubernetes.io/component";

/** Kinds that no request of a user meets: they may be taken out of the program at any time. A new one is guarded until it is named here. */
const harmlessKinds = new Set([
    "CronJob",
    "Job",
    "LimitRange",
    "PodMonitor",
    "PrometheusRule",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "ServiceMonitor",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
]);

/** Outside Kubernetes: what holds data, or lets the service in. Access entries and grants may be taken out of the program at any time. */
const metOutside = /^(?:kafka:index\/(?:topic:Topic|userScramCredential:UserScramCredential)|postgresql:index\/(?:role:Role|database:Database|schema:Schema))$/;
/** Changed limits replace a quota, and users need none. */
const quota = "kafka:index/quota:Quota";

/** What an object needs of the guard; undefined where it is none that the guard knows. */
export function needOf(type: string, props: unknown, aside: readonly string[]): { readonly guarded: boolean; readonly fixedName: boolean } | undefined {
    if (isProvider(type)) {
        // A provider for another cluster replaces everything that was made with it. Deleted first, it asks before it makes the new one, and leaves the state as it was.
        return { guarded: true, fixedName: true };
    }
    if (/^(?:kafka|postgresql):index\//.test(type)) {
        return { guarded: type !== quota, fixedName: true };
    }
    if (!type.startsWith("kubernetes:")) {
        return undefined;
    }
    const fixedName = fields(fields(props).metadata).name !== undefined;
    const isFile = /:(?:ConfigMap|Secret)$/.test(type);
    return { guarded: fixedName ? kindOf(type) !== "Job" : isFile && usersMeet(type, props, aside), fixedName };
}

/** Whether a request of a user depends on an object: then it stays, even where the program no longer declares it. */
export function usersMeet(type: string, inputs: unknown, aside: readonly string[]): boolean {
    if (!type.startsWith("kubernetes:")) {
        return isProvider(type) || metOutside.test(type);
    }
    const component = labelsOf(inputs)[componentLabel];
    const isAside = typeof component === "string" && [...testersComponents, ...aside].includes(component);
    return !harmlessKinds.has(kindOf(type)) && !isAside;
}

/** What only testers meet: a rollback itself deletes their route. */
const testersComponents = ["tester-key", "testers-route"];

/** The file that an object with a generated name is to pods: a change makes another one, and the old one goes when no pod has it any more. */
export function generatedFile({ type, id, inputs }: CondemnedObject) {
    const kind = type.startsWith("kubernetes:core/v1:") ? kindOf(type) : undefined;
    const [namespace, name] = id.split("/");
    const isGenerated = fields(fields(fields(inputs).metadata).annotations)["pulumi.com/autonamed"] === "true";
    return (kind === "ConfigMap" || kind === "Secret") && isGenerated && namespace !== undefined && name !== undefined
        ? ({ kind, namespace, name } as const)
        : undefined;
}

function isProvider(type: string): boolean {
    return /^pulumi:providers:(?:kubernetes|kafka|postgresql)$/.test(type);
}

/** The last part of a type token: `Deployment`. */
function kindOf(type: string): string {
    return type.split(":").at(-1) ?? type;
}

/** Whether objects of a type decide how many pods there are. */
export function isAutoscaler(type: string): boolean {
    return type.endsWith(":HorizontalPodAutoscaler");
}

/** The labels in an object's inputs. */
export function labelsOf(inputs: unknown): Readonly<Record<string, unknown>> {
    return fields(fields(fields(inputs).metadata).labels);
}

/** What people read of an object. */
export function nameOf({ type, id }: CondemnedObject): string {
    return isProvider(type) ? `the provider for ${kindOf(type)}, with all that it made,` : `${kindOf(type)} ${id}`;
}

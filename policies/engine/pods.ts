import { type Container, kindOf, type KubernetesObject, type Pod } from "./subject.ts";
import { type Fields, fields, has, isFields, isList, knownLabels, list, type Plain, known, Unjudgeable, Unknown } from "./value.ts";

/**
 * The pods that an object makes, wherever it keeps them: in the place that Kubernetes gives its kind, and in any place of any other kind that has the shape of a pod. A shape is a list of
 * containers, or one container; in custom resources also a security context, a host namespace or a path of the node that stands by itself, which an operator copies into its pods.
 *
 * @throws {@link Unjudgeable} when a part that decides about it is unknown or malformed.
 */
export function podsIn(object: KubernetesObject): readonly Pod[] {
    const place = places.get(kindOf(object));
    const template = place === undefined ? undefined : fields(object.body, ...place);
    const spec = fields(template, "spec");
    const usual =
        place === undefined || template === undefined || spec === undefined ? [] : [podAt(object, { spec, template, path: [...place, "spec"].join(".") })];
    return passiveKinds.has(kindOf(object)) ? usual : [...usual, ...search(object, spec)];
}

const workload = ["spec", "template"];

/** Where each kind keeps its pod template. Of these kinds a template counts whatever it contains. */
const places: ReadonlyMap<string, readonly string[]> = new Map([
    ["core/Pod", []],
    ["core/PodTemplate", ["template"]],
    ["batch/CronJob", ["spec", "jobTemplate", "spec", "template"]],
    ["apps/Deployment", workload],
    ["apps/StatefulSet", workload],
    ["apps/DaemonSet", workload],
    ["apps/ReplicaSet", workload],
    ["extensions/Deployment", workload],
    ["batch/Job", workload],
    ["core/ReplicationController", workload],
    ["argoproj.io/Rollout", workload],
]);

/** Kinds that hold text or schemas: what looks like a pod there makes none. */
const passiveKinds: ReadonlySet<string> = new Set(["core/ConfigMap", "core/Secret", "apiextensions.k8s.io/CustomResourceDefinition"]);

/** Groups of policies about pods: their patterns look like pods. What they change in pods is judged by the rule `no-pod-mutation`. */
const policyGroups = /(^|\.)(kyverno\.io|gatekeeper\.sh)$/;

/** Groups that Kubernetes serves itself, without custom resources. Only operators copy a security context that stands by itself. KubeVirt's volumes belong to virtual machines. */
const withoutOperator = /^(core|apps|batch|extensions|policy|autoscaling|kubevirt\.io|cdi\.kubevirt\.io|(?!.*x-k8s\.io$).*\.k8s\.io)$/;

interface Place {
    readonly spec: Fields;
    readonly template: Fields;
    readonly path: string;
}

/** A pod in the place of its kind: it is written out in full, unless the object is a patch. */
function podAt(object: KubernetesObject, { spec, template, path }: Place): Pod {
    const entries = [...containerLists].flatMap(([key, role]) =>
        list(spec, key).map((entry, index): FoundContainer => ({ key, role, path: `${key}[${String(index)}]`, body: fields(entry) ?? {} })),
    );
    return podOf(object, { spec, template, path }, entries, object.partial);
}

function podOf(object: KubernetesObject, { spec, template, path }: Place, entries: readonly FoundContainer[], partial: boolean): Pod {
    const containers: Container[] = [];
    const pod: Pod = {
        object,
        path,
        spec,
        template,
        labels: knownLabels(template, "metadata", "labels"),
        annotations: knownLabels(template, "metadata", "annotations"),
        containers,
        partial,
    };
    for (const { role, path: below, body } of entries) {
        // A container without an image completes one that an operator, or the patched object, has. In a kind's own place it is a mistake.
        const completes = object.partial || (!places.has(kindOf(object)) && !has(body, "image"));
        const at = below === "" ? path : path === "" ? below : `${path}.${below}`;
        containers.push({ pod, role, name: known(body, "name") ?? below, path: at, body, partial: completes });
    }
    return pod;
}

interface FoundContainer {
    readonly key: string;
    readonly role: Container["role"];
    /** Path below the pod's spec. */
    readonly path: string;
    readonly body: Fields;
}

const containerLists: ReadonlyMap<string, Container["role"]> = new Map([
    ["initContainers", "init"],
    ["containers", "container"],
    ["ephemeralContainers", "ephemeral"],
]);

/** Keys under which custom resources keep containers too: `sidecarContainers`, Strimzi's `kafkaContainer`, Argo's `container` and `script`, Tekton's `steps`. */
const containerKey = /containers?$|^(sidecars|steps|script)$/i;

/** Keys whose content decides about pods: where it is unknown, nothing can be judged. */
const decisiveKey = /^(containers|initContainers|ephemeralContainers|template|podTemplate|podSpec)$/;

/** What makes a container. */
const containerFields = "image command args securityContext ports env envFrom volumeMounts lifecycle livenessProbe readinessProbe startupProbe".split(" ");

function* search(object: KubernetesObject, known: Fields | undefined): Generator<Pod> {
    const isPolicy = policyGroups.test(object.group);
    const hasOperator = !withoutOperator.test(object.group) && !isPolicy;
    if (isPolicy) {
        return;
    }
    for (const [key, value] of Object.entries(object.body)) {
        // The items of a list are objects of their own.
        if (key !== "metadata" && key !== "status" && !(key === "items" && isList(value))) {
            yield* below(value, key, key, object.body, {});
        }
    }

    function* below(node: Plain, path: string, key: string, parent: Fields, inherited: Fields): Generator<Pod> {
        if (node === known) {
            return;
        }
        if (node instanceof Unknown && decisiveKey.test(key)) {
            throw new Unjudgeable(path, "unknown", `${path} is not known during preview`);
        }
        if (isList(node)) {
            for (const [index, entry] of node.entries()) {
                yield* below(entry, `${path}[${String(index)}]`, key, parent, inherited);
            }
        } else if (isFields(node)) {
            yield* at(node, path, key, parent, inherited);
        }
    }

    function* at(node: Fields, path: string, key: string, parent: Fields, inherited: Fields): Generator<Pod> {
        const entries = containersAt(node);
        const isTemplate = key === "spec" && path !== "spec";
        if (entries.length > 0) {
            // Where an operator or a workflow adds its own, what is left out may be there in the pod.
            const partial = object.partial || !isTemplate || !entries.some(({ body }) => has(body, "image"));
            yield podOf(object, { spec: { ...inherited, ...node }, template: isTemplate ? parent : {}, path }, entries, partial);
        } else if (hasOperator && !isList(node.templates)) {
            const lone = loneSettings(node);
            if (lone !== undefined) {
                yield podOf(object, { spec: lone.spec, template: {}, path }, lone.containers, true);
            }
        }
        const taken = new Set(entries.map((entry) => entry.key));
        const shared = isList(node.templates) ? podLevel(node) : {};
        for (const [name, value] of Object.entries(node)) {
            if (!taken.has(name)) {
                yield* below(value, `${path}.${name}`, name, node, name === "templates" ? shared : {});
            }
        }
    }
}

/** The containers that stand directly in `node`. */
function containersAt(node: Fields): readonly FoundContainer[] {
    return Object.entries(node).flatMap(([key, value]): readonly FoundContainer[] => {
        const role = containerLists.get(key);
        if (role === undefined && !containerKey.test(key)) {
            return [];
        }
        if (role !== undefined && value instanceof Unknown) {
            throw new Unjudgeable(key, "unknown", `${value.path} is not known during preview`);
        }
        const candidates: readonly (readonly [string, Plain])[] = isList(value)
            ? value.map((entry, index) => [`${key}[${String(index)}]`, entry] as const)
            : role === undefined
              ? [[key, value]]
              : [];
        const looksRight = role === undefined ? looksLikeContainer : looksLikeListedContainer;
        const bodies = candidates.flatMap(([path, body]): readonly FoundContainer[] =>
            isFields(body) ? [{ key, role: role ?? (/init/i.test(key) ? "init" : "container"), path, body }] : [],
        );
        return bodies.some(({ body }) => looksRight(body)) ? bodies : [];
    });
}

function looksLikeListedContainer(body: Fields): boolean {
    return containerFields.some((key) => Object.hasOwn(body, key));
}

/** Under a key that only might mean containers, there has to be an image or a security context. */
function looksLikeContainer(body: Fields): boolean {
    const image = Object.hasOwn(body, "image") ? body.image : undefined;
    return typeof image === "string" || image instanceof Unknown || (Object.hasOwn(body, "securityContext") && isFields(body.securityContext));
}

const hostNamespaces = ["hostNetwork", "hostPID", "hostIPC"];

/** What a pod takes from the object around its template. */
const podLevelKeys = ["securityContext", "volumes", "serviceAccountName", "automountServiceAccountToken", "hostUsers", ...hostNamespaces];

function podLevel(node: Fields): Fields {
    return Object.fromEntries(Object.entries(node).filter(([key]) => podLevelKeys.includes(key)));
}

/** Fields of a security context that only containers have. */
const ofContainers = ["privileged", "allowPrivilegeEscalation", "capabilities", "procMount", "readOnlyRootFilesystem"];

/** Settings for pods that stand by themselves in a custom resource. Whether they are meant for the pod or for its containers, the field itself says. */
function loneSettings(node: Fields): { readonly spec: Fields; readonly containers: readonly FoundContainer[] } | undefined {
    const context = Object.hasOwn(node, "securityContext") && isFields(node.securityContext) ? node.securityContext : undefined;
    const volumes = Object.hasOwn(node, "volumes") && isList(node.volumes) ? node.volumes : [];
    const onNode = volumes.some((volume) => isFields(volume) && has(volume, "hostPath"));
    const shared = hostNamespaces.filter((key) => Object.hasOwn(node, key) && node[key] === true);
    if (context === undefined && !onNode && shared.length === 0) {
        return undefined;
    }
    const spec: Fields = Object.fromEntries<Plain>([...shared.map((key) => [key, true] as const), ...(onNode ? [["volumes", volumes] as const] : [])]);
    const entries = Object.entries(context ?? {});
    const own = entries.filter(([key]) => ofContainers.includes(key));
    return {
        spec: context === undefined ? spec : { ...spec, securityContext: context },
        containers:
            own.length === 0 ? [] : [{ key: "securityContext", role: "container", path: "", body: { securityContext: Object.fromEntries<Plain>(own) } }],
    };
}

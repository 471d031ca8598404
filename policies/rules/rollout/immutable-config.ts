import { missing, stackRule } from "../../engine/rule.ts";
import type { StackIndex } from "../../engine/stack.ts";
import type { Pod } from "../../engine/subject.ts";
import { flag, list, type Plain, text } from "../../engine/value.ts";
import { onEach } from "../../shapes/each.ts";
import { oncePerStack } from "../../shapes/once.ts";
import { checklist } from "../../shapes/references.ts";
import { rolloutsIn } from "../../shapes/rollout-route.ts";

/** A setting that is edited in place reaches all users at once, past every gate, and its old value is gone. */
export const immutableConfig = stackRule({
    name: "immutable-config",
    title: "The ConfigMaps and Secrets of a rollout's revisions are immutable: a new setting is a new revision.",
    severity: "high",
    level: "mandatory",
    references: [checklist("Production ConfigMaps created")],
    check: (stack) =>
        onEach([...stack.ofKind("core/ConfigMap"), ...stack.ofKind("core/Secret")], function* (object) {
            if (mountedByRevisions(stack).has(`${object.kind} ${object.namespace} ${object.name}`) && flag(object.body, "immutable") !== true) {
                yield missing("immutable", "a revision mounts it, and it can be changed under its pods", "set immutable to true and let its name be generated");
            }
        }),
});

const mountedByRevisions = oncePerStack((stack: StackIndex): ReadonlySet<string> => {
    const pods = rolloutsIn(stack).flatMap(({ route, service, stable, candidate }) =>
        [stable, candidate].flatMap((revision) => {
            const workload = revision === undefined ? undefined : stack.find("apps/Deployment", route.namespace, `${service}-${revision}`);
            return workload === undefined ? [] : stack.podsOf(workload);
        }),
    );
    const rollouts = stack.ofKind("argoproj.io/Rollout").flatMap((rollout) => stack.podsOf(rollout));
    return new Set([...pods, ...rollouts].flatMap(mountedBy));
});

function mountedBy(pod: Pod): readonly string[] {
    const named = (kind: string, name: string | undefined) => (name === undefined ? [] : [`${kind} ${pod.object.namespace} ${name}`]);
    const inVolumes = list(pod.spec, "volumes").flatMap((volume) => [
        ...named("ConfigMap", text(volume, "configMap", "name")),
        ...named("Secret", text(volume, "secret", "secretName")),
        ...list(volume, "projected", "sources").flatMap((source: Plain) => [
            ...named("ConfigMap", text(source, "configMap", "name")),
            ...named("Secret", text(source, "secret", "name")),
        ]),
    ]);
    const inEnvironment = pod.containers.flatMap((container) =>
        list(container.body, "envFrom").flatMap((source) => [
            ...named("ConfigMap", text(source, "configMapRef", "name")),
            ...named("Secret", text(source, "secretRef", "name")),
        ]),
    );
    return [...inVolumes, ...inEnvironment];
}

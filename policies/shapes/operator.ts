import type { StackIndex } from "../engine/stack.ts";
import { kindOf, type KubernetesObject } from "../engine/subject.ts";
import { type Fields, labels, list, texts } from "../engine/value.ts";
import { oncePerStack } from "./once.ts";

/** Groups and kinds that make no pods: the API's own, and those that configure traffic, certificates, secrets, policies, scaling and monitoring. */
const withoutPods =
    /^(core|apps|batch|extensions|policy|autoscaling|argoproj\.io|keda\.sh|flagger\.app|bitnami\.com|cert-manager\.io|acme\.cert-manager\.io|external-secrets\.io|cilium\.io|.*projectcalico\.org|.*istio\.io|.*linkerd\.io|.*traefik\.(io|containo\.us)|projectcontour\.io|(?!.*x-k8s\.io).*\.k8s\.io|.*kyverno\.io|.*gatekeeper\.sh|.*fluxcd\.io)\/|^monitoring\.coreos\.com\/(ServiceMonitor|PodMonitor|PrometheusRule|Probe|ScrapeConfig|AlertmanagerConfig)$|^kafka\.strimzi\.io\/(KafkaTopic|KafkaUser|KafkaRebalance)$/;

/**
 * Whether a label selector is for pods that an operator makes from a custom resource of the stack: it names the resource, as operators label their pods. Such pods are not in the stack.
 *
 * @throws Unjudgeable
 */
export function madeByOperator(stack: StackIndex, namespace: string, selector: Fields | undefined): boolean {
    const resources = customResources(stack).get(namespace);
    const wanted = Object.entries(labels(selector, "matchLabels"));
    const listed = list(selector, "matchExpressions").flatMap((expression) => texts(expression, "values").map((value) => ["", value] as const));
    return (
        resources !== undefined &&
        [...wanted, ...listed].some(([key, value]) => {
            const domain = key.includes("/") ? key.split("/", 1)[0] : undefined;
            // `strimzi.io/name: events-kafka` of the Kafka `events` in the group kafka.strimzi.io
            const named = resources.get(value) ?? (domain === undefined ? undefined : resources.get(value.replace(/-[a-z]+$/, "")));
            return named !== undefined && (value === named.name || named.group.endsWith(domain ?? "?"));
        })
    );
}

/** The custom resources that an operator may make pods of, by namespace and name. */
const customResources = oncePerStack((stack: StackIndex): ReadonlyMap<string, ReadonlyMap<string, KubernetesObject>> => {
    // Where the pods themselves stand in the resource, they are in the stack, with their labels.
    const found = stack.objects.filter((object) => !withoutPods.test(kindOf(object)) && stack.podsOf(object).every(({ partial }) => partial));
    return new Map(
        [...Map.groupBy(found, ({ namespace }) => namespace)].map(([namespace, objects]) => [
            namespace,
            new Map(objects.map((object) => [object.name, object])),
        ]),
    );
});

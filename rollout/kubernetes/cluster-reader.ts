import { defined } from "../defined.ts";
import { labelKeysOf } from "../route/label-keys.ts";
import type { LabelledRoute } from "../route/route-spec.ts";
import { type StepClock, stepClock } from "../watch/step-clock.ts";
import type { Present } from "../route/transition.ts";
import { type ApiServer, reasonOf } from "./api-server.ts";
import { fields } from "../route/fields.ts";
import { type LiveRoute, presentOf, routeQuery } from "../route/route.ts";
import { testersLook, testersTampering } from "./testers-route.ts";

export { type ApiServer, type ClusterAccess, apiServer } from "./api-server.ts";
export { type LiveRoute, presentOf } from "../route/route.ts";

/** What a look at the live step found: the route, and for how long it has stood like that. */
export type TimedRoute = Exclude<LiveRoute, { readonly kind: "found" }> | { readonly kind: "found"; readonly present: Present; readonly clock: StepClock };

/** The few things that the rollout reads from a live cluster. */
export interface ClusterReader {
    /** The HTTPRoute `name`, as a rollout sees it. Never throws. */
    readRoute(namespace: string, name: string): Promise<LiveRoute>;
    /** How many pods behind Service `name` are ready to take requests. @throws when the API server can't be asked. */
    readyEndpoints(namespace: string, name: string): Promise<number>;
    /** Names of the pods that have a ConfigMap or Secret mounted, or read their environment from it. Pods that are ending don't count. @throws when the API server can't be asked. */
    podsMounting(namespace: string, file: MountedFile): Promise<readonly string[]>;
}

/** A ConfigMap or a Secret, as pods refer to it. */
export interface MountedFile {
    readonly kind: "ConfigMap" | "Secret";
    readonly name: string;
}

/** Reads where a rollout stands, and since when. */
export interface StepReader {
    /** The HTTPRoute `name`, as a rollout sees it, with the clock of its step. One request, and one beside it where testers have a route. Never throws. */
    readStep(namespace: string, name: string): Promise<TimedRoute>;
}

/** The API server, and what the program writes on the route. */
export interface ClusterReaderArgs {
    readonly api: ApiServer;
    readonly route: LabelledRoute;
}

/** A reader over the API server. */
export function clusterReader({ route: design, api }: ClusterReaderArgs): ClusterReader & StepReader {
    const keys = labelKeysOf(design.profile);
    const readStep = async (namespace: string, name: string): Promise<TimedRoute> => {
        try {
            const [{ value: route, date }, testers] = await Promise.all([
                api.find<unknown>(({ custom }, options) => custom.getNamespacedCustomObject(routeQuery(namespace, name), options)),
                testersLook(api, namespace, design),
            ]);
            if (route === undefined) {
                return { kind: "absent" };
            }
            const live = presentOf(route, design);
            if (live.kind === "damaged") {
                return live;
            }
            const tampering = live.present.tampering ?? testersTampering(live.present, testers, design);
            const present = { ...live.present, ...defined({ tampering }) };
            return { kind: "found", present, clock: stepClock(fields(fields(route).metadata).managedFields, date, keys) };
        } catch (error) {
            return { kind: "unreachable", reason: reasonOf(error) };
        }
    };
    return {
        readStep,
        readRoute: async (namespace, name) => {
            const live = await readStep(namespace, name);
            return live.kind === "found" ? { kind: "found", present: live.present } : live;
        },
        readyEndpoints: async (namespace, name) => {
            const query = { namespace, labelSelector: `kubernetes.io/service-name=${name}` };
            const { value: slices } = await api.ask(({ discovery }, options) => discovery.listNamespacedEndpointSlice(query, options));
            const ready = slices.items.flatMap((slice) => slice.endpoints ?? []).filter((endpoint) => endpoint.conditions?.ready === true);
            // A pod with an IPv4 and an IPv6 address is in two slices.
            return new Set(ready.map((endpoint) => endpoint.targetRef?.uid ?? endpoint.addresses[0])).size;
        },
        podsMounting: async (namespace, file) => {
            const { value: pods } = await api.ask(({ core }, options) => core.listNamespacedPod({ namespace }, options));
            const standing = pods.items.filter(
                ({ metadata, status }) => metadata?.deletionTimestamp === undefined && status?.phase !== "Succeeded" && status?.phase !== "Failed",
            );
            return standing.filter(({ spec }) => refersTo(spec, file)).map(({ metadata }) => metadata?.name ?? "");
        },
    };
}

/** Whether a pod's spec names the file anywhere: in volumes, in the environment, or for pulling images. References have the same few shapes everywhere. */
function refersTo(value: unknown, file: MountedFile): boolean {
    if (Array.isArray(value)) {
        return value.some((item) => refersTo(item, file));
    }
    return Object.entries(fields(value)).some(([key, nested]) => {
        const reference = fields(nested);
        const names = file.kind === "ConfigMap" ? /^configMap(?:Ref|KeyRef)?$/ : /^secret(?:Ref|KeyRef)?$/;
        return (names.test(key) && (reference.name === file.name || reference.secretName === file.name)) || refersTo(nested, file);
    });
}

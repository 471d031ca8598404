import { defined } from "../defined.ts";

/** Who an object belongs to. */
export interface Identity {
    /** The service as a whole, such as `config.serviceName`. A valid label value: at most 63 characters. */
    readonly service: string;
    /** The part that the object plays in the service: `api`, `redis`, `backup`. */
    readonly component: string;
}

/** An identity with what may change over an object's life. */
export interface LabelArgs extends Identity {
    /** Version of what runs, such as a revision's name. It may change, so it is never in a selector. */
    readonly version?: string;
    /**
     * Larger system that the service belongs to.
     *
     * @default the service
     */
    readonly partOf?: string;
    /**
     * Tool that owns the object.
     *
     * @default `pulumi`
     */
    readonly managedBy?: string;
}

/**
 * The labels that Kubernetes recommends for every object.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export function recommendedLabels({ service, component, version, partOf = service, managedBy = "pulumi" }: LabelArgs): Record<string, string> {
    return {
        ...selectorLabels({ service, component }),
        "app.kubernetes.io/part-of": partOf,
        "app.kubernetes.io/managed-by": managedBy,
        ...defined({ "app.kubernetes.io/version": version }),
    };
}

/**
 * The labels that find the pods of one component, for selectors. A workload's selector can't be changed once it exists, so nothing that varies is in it: no version, no weight.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#label-selector-updates
 */
export function selectorLabels({ service, component }: Identity): Record<string, string> {
    return {
        "app.kubernetes.io/name": service,
        "app.kubernetes.io/instance": `${service}-${component}`,
        "app.kubernetes.io/component": component,
    };
}

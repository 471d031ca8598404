import type { Problem } from "../preflight/preflight.ts";
import { fields, list } from "../route/fields.ts";

/** What a controller says of an object. @see https://gateway-api.sigs.k8s.io/reference/spec/#condition */
export interface Condition {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
    /** Which state of the object it is about. Undefined where the controller does not say. */
    readonly observedGeneration: number | undefined;
}

/** The conditions of a status of unknown shape; none where there are none. */
export function conditionsOf(status: unknown): readonly Condition[] {
    return list(fields(status).conditions)
        .map(fields)
        .map(({ type, status: state, reason, message, observedGeneration }) => ({
            type: text(type),
            status: text(state),
            reason: text(reason),
            message: text(message),
            observedGeneration: typeof observedGeneration === "number" ? observedGeneration : undefined,
        }));
}

/** How often an object's `spec` was changed, as the API server counts it. */
export function generationOf(object: unknown): number | undefined {
    const { generation } = fields(fields(object).metadata);
    return typeof generation === "number" ? generation : undefined;
}

/**
 * What keeps conditions from holding: each that is missing, is not True, or is about an earlier state of the object.
 *
 * @param whose names the object in the texts.
 */
export function unmet(
    conditions: readonly Condition[],
    types: readonly string[],
    generation: number | undefined,
    whose: string,
    fix: string,
): readonly Problem[] {
    return types.flatMap((type) => {
        const condition = conditions.find((one) => one.type === type);
        if (condition === undefined) {
            return [{ text: `${whose} has no condition ${type}: no controller has said so yet`, fix: `see that the controller of its class runs; ${fix}` }];
        }
        if (condition.status !== "True") {
            const { status, reason, message } = condition;
            return [{ text: `${whose} has ${type}=${status} (${reason}${message === "" ? "" : `: ${message}`})`, fix }];
        }
        const { observedGeneration } = condition;
        return observedGeneration !== undefined && generation !== undefined && observedGeneration < generation
            ? [{ text: `${whose} was changed since its controller said ${type}`, fix: "wait a moment and ask again; see that the controller runs" }]
            : [];
    });
}

function text(value: unknown): string {
    return typeof value === "string" ? value : "";
}

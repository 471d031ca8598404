/**
 * The value of a Kubernetes quantity: bytes for `1Gi`, cores for `250m`. A number is one already. Undefined when it is none.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function quantity(value: string | number | undefined): number | undefined {
    if (typeof value === "number" || value === undefined) {
        return value;
    }
    const [, number, suffix] = /^([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)(n|u|m|k|[MGTPE]|[KMGTPE]i)?$/.exec(value) ?? [];
    const factor = suffixes.get(suffix ?? "");
    return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

/**
 * {@link quantity} of a text that must be one.
 *
 * @throws {RangeError} where it is none: a sum without it would be too small.
 */
export function quantityOf(text: string): number {
    const value = quantity(text);
    if (value === undefined) {
        throw new RangeError(`'${text}' is no quantity of Kubernetes`);
    }
    return value;
}

const suffixes: ReadonlyMap<string, number> = new Map([
    ["", 1],
    ["n", 1e-9],
    ["u", 1e-6],
    ["m", 1e-3],
    ["k", 1e3],
    ["M", 1e6],
    ["G", 1e9],
    ["T", 1e12],
    ["P", 1e15],
    ["E", 1e18],
    ["Ki", 2 ** 10],
    ["Mi", 2 ** 20],
    ["Gi", 2 ** 30],
    ["Ti", 2 ** 40],
    ["Pi", 2 ** 50],
    ["Ei", 2 ** 60],
]);

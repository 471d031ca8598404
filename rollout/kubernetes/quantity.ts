const factors: Readonly<Partial<Record<string, number>>> = {
    "": 1,
    n: 1e-9,
    u: 1e-6,
    m: 1e-3,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    P: 1e15,
    E: 1e18,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
    Pi: 2 ** 50,
    Ei: 2 ** 60,
};

/**
 * The value of a Kubernetes quantity: bytes for `1Gi`, cores for `250m`.
 *
 * The client library has a function for it that refuses fractions such as `1.5Gi`.
 *
 * @throws {RangeError} where it is not a quantity: a sum without it would be too small.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function quantityOf(text: string): number {
    const [, number, suffix] = /^([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)(n|u|m|k|[MGTPE]|[KMGTPE]i)?$/.exec(text) ?? [];
    const factor = factors[suffix ?? ""];
    if (number === undefined || factor === undefined) {
        throw new RangeError(`'${text}' is no quantity of Kubernetes`);
    }
    return Number(number) * factor;
}

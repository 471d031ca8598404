const factors: Readonly<Record<string, number>> = {
    n: 1e-9,
    u: 1e-6,
    m: 1e-3,
    "": 1,
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

/** The value of a Kubernetes quantity such as `250m` or `300Mi`, or undefined when it is none. @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
export function quantity(value: string | number | undefined): number | undefined {
    if (typeof value === "number" || value === undefined) {
        return value;
    }
    const match = /^([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)([numkMGTPE]?i?)$/.exec(value);
    const factor = factors[match?.[2] ?? "?"];
    return match?.[1] === undefined || factor === undefined ? undefined : Number(match[1]) * factor;
}

/** The pods that `value` (a number, or a percentage of `total` such as `"25%"`) stands for, rounded up as Kubernetes does for minAvailable; undefined when it is neither. */
export function podsOf(value: string | number | undefined, total: number): number | undefined {
    if (typeof value === "number" || value === undefined) {
        return value;
    }
    const percent = /^(\d+)%$/.exec(value)?.[1];
    return percent === undefined ? undefined : Math.ceil((Number(percent) * total) / 100);
}

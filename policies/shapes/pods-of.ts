/** The pods that `value` (a number, or a percentage of `total` such as `"25%"`) stands for, rounded up as Kubernetes does for minAvailable; undefined when it is neither. */
export function podsOf(value: string | number | undefined, total: number): number | undefined {
    if (typeof value === "number" || value === undefined) {
        return value;
    }
    const percent = /^(\d+)%$/.exec(value)?.[1];
    return percent === undefined ? undefined : Math.ceil((Number(percent) * total) / 100);
}

import { fields, list } from "../route/fields.ts";

/** Whether a label selector takes an object with these labels. A selector that is there and empty takes all. @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
export function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
    const { matchLabels, matchExpressions } = fields(selector);
    return (
        Object.entries(fields(matchLabels)).every(([key, value]) => labels[key] === value) &&
        list(matchExpressions)
            .map(fields)
            .every(({ key, operator, values }) => {
                const value = labels[String(key)];
                switch (operator) {
                    case "In":
                        return value !== undefined && list(values).includes(value);
                    case "NotIn":
                        return value === undefined || !list(values).includes(value);
                    case "Exists":
                        return value !== undefined;
                    case "DoesNotExist":
                        return value === undefined;
                    default:
                        return false;
                }
            })
    );
}

/** What is chosen above a dashboard, and what Grafana works out from the time that is shown. All jobs and all instances are chosen. */
export interface Choices {
    readonly namespace: string;
    readonly service: string;
    /** Names of the two revisions. */
    readonly stable: string;
    readonly candidate: string;
    /** The time that is shown, and the distance between two points of a curve, in seconds. */
    readonly fromSeconds: number;
    readonly toSeconds: number;
    readonly stepSeconds: number;
    /** How often Prometheus scrapes, in seconds. */
    readonly scrapeIntervalSeconds: number;
}

/**
 * A query or a legend with its variables filled in, as Grafana fills them.
 *
 * @throws {RangeError} when it has a variable that is not known: a panel must not be drawn from another query than the dashboard's.
 * @see https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/ for `$__rate_interval`
 */
export function chosen(text: string, choices: Choices): string {
    const { namespace, service, stable, candidate, fromSeconds, toSeconds, stepSeconds, scrapeIntervalSeconds } = choices;
    const seconds = (value: number): string => `${String(Math.ceil(value))}s`;
    const values = new Map([
        ["namespace", namespace],
        ["service", service],
        ["stable", stable],
        ["candidate", candidate],
        ["job", ".+"],
        ["instance", ".+"],
        ["__rate_interval", seconds(Math.max(4 * scrapeIntervalSeconds, stepSeconds + scrapeIntervalSeconds))],
        ["__interval", seconds(stepSeconds)],
        ["__range", seconds(toSeconds - fromSeconds)],
    ]);
    return text.replaceAll(/\$(\w+)/g, (variable, name: string) => {
        const value = values.get(name);
        if (value === undefined) {
            throw new RangeError(`'${text}' has the variable ${variable}, which the preview can't fill: add it to observability/preview/choices.ts`);
        }
        return value;
    });
}

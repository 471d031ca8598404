import { parser } from "@prometheus-io/lezer-promql";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { podSeries as series } from "../../../pod-series.ts";
import { poolExpression, processSelector, readingExpression, strayExpression } from "../../../../../rollout/gate/live/evidence/promql.ts";

function isSound(expression: string): boolean {
    let sound = true;
    parser.parse(expression).iterate({
        enter: ({ type }) => {
            sound &&= !type.isError;
        },
    });
    return sound;
}

describe("expressions", () => {
    it("are PromQL, whatever the names", () => {
        const name = fc.string({ minLength: 1 });
        fc.assert(
            fc.property(fc.record({ namespace: name, service: name, revisions: fc.array(name, { minLength: 1, maxLength: 2 }) }), name, (names, pod) => {
                const scope = { ...names, series };
                const source = { revision: "v2", pod, instance: "10.0.0.1:9090", job: scope.service };
                const points = [1_800_000_000.123, 1_800_000_015].map((atSeconds) => ({ source, atSeconds }));
                const expressions = [
                    processSelector(scope, 599.4),
                    strayExpression(scope),
                    poolExpression(scope, { connections: "a", maximum: "b", waiting: "c" }, 0.2),
                    readingExpression(scope, points),
                ];
                expect(expressions.filter((expression) => !isSound(expression))).toEqual([]);
            }),
        );
    });

    it("are of exactly the revisions, also where a name looks like a pattern", () => {
        expect(processSelector({ namespace: "n", service: "s", revisions: ["v1.0", "v2"], series }, 60)).toBe(
            String.raw`{__name__=~"process_start_time_seconds|process_cpu_seconds_total|process_resident_memory_bytes",namespace="n",service="s",revision=~"v1\\.0|v2"}[60000ms]`,
        );
    });

    it("ask for the very scrape that a reading is of", () => {
        const source = { revision: "v2", pod: "a", instance: "i", job: "j" };

        expect(readingExpression({ namespace: "n", service: "s", series }, [{ source, atSeconds: 1_800_000_000.5 }])).toMatch(
            /pod="a",instance="i",job="j",audience!="testers"\} @ 1800000000\.500\)$/,
        );
    });
});

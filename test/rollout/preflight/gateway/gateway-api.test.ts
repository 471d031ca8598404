import { describe, expect, it } from "vitest";

import { readDefinition } from "../../../../rollout/preflight/gateway/read.ts";
import { missingRouteFields } from "../../../../rollout/preflight/gateway/gateway-api.ts";

const definition = (version: string, channel: string, ...ruleFields: readonly string[]) => ({ version, channel, ruleFields });

describe("the installed definition of HTTPRoute", () => {
    it.each([
        { what: "has what the program writes", found: definition("v1.2.0", "standard", "filters", "timeouts"), retry: false },
        { what: "has retries from 1.7 on", found: definition("v1.7.0", "standard", "filters", "timeouts", "retry"), retry: true },
        { what: "has retries in the experimental channel", found: definition("v1.3.0", "experimental", "filters", "timeouts", "retry"), retry: true },
    ])("$what", ({ found, retry }) => {
        expect(missingRouteFields(found, retry)).toEqual([]);
    });

    it("lacks retries in the standard channel before 1.7: the API server would drop them", () => {
        expect(missingRouteFields(definition("v1.6.0", "standard", "filters", "timeouts"), true)).toEqual([
            {
                text: "the installed HTTPRoute of Gateway API v1.6.0, channel standard has no field retry",
                fix: "set gateway.retry to false, or install Gateway API 1.7 or later, or the experimental channel of 1.2 or later",
            },
        ]);
    });

    it("lacks time limits in the standard channel before 1.2, whatever is asked of retries", () => {
        expect(missingRouteFields(definition("v1.1.0", "standard", "filters"), false)).toMatchObject([
            { text: expect.stringContaining("no field timeouts") as unknown },
        ]);
    });

    it.each([undefined, {}, { spec: { versions: [] } }, { spec: { versions: [{ name: "v1beta1" }] } }])("that can't be read lacks everything: %j", (value) => {
        expect(readDefinition(value)).toEqual({ version: "unknown", channel: "unknown", ruleFields: [] });
        expect(missingRouteFields(readDefinition(value), true)).toHaveLength(3);
    });
});

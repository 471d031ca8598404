import { describe, expect, it } from "vitest";

import { accessCases } from "./corpus/access.ts";
import { availabilityCases } from "./corpus/availability.ts";
import { findingsAbout } from "./corpus/case.ts";
import { dataCases } from "./corpus/data.ts";
import { networkCases } from "./corpus/network.ts";
import { podCases } from "./corpus/pods.ts";
import { secretCases } from "./corpus/secrets.ts";
import { surroundings } from "./corpus/small.ts";
import { trafficCases } from "./corpus/traffic.ts";

/** Every case, by area. */
const corpus = {
    access: accessCases,
    data: dataCases,
    network: networkCases,
    availability: availabilityCases,
    pods: podCases,
    secrets: secretCases,
    traffic: trafficCases,
};

const cases = Object.entries(corpus).flatMap(([area, areaCases]) => areaCases.map((one) => ({ area, ...one })));

describe("the pack, in production and without configuration", () => {
    it("finds nothing in the surroundings of the cases", () => {
        expect(findingsAbout(surroundings)).toEqual([]);
    });

    it.each(cases)("judges $area: $title", ({ objects, finds }) => {
        expect(findingsAbout([...surroundings, ...objects])).toEqual([...finds].sort());
    });
});

describe("the corpus", () => {
    it("has enough cases, no two of one title, and clean ones beside the bad ones", () => {
        expect(cases.length).toBeGreaterThanOrEqual(250);
        expect(new Set(cases.map(({ area, title }) => `${area}: ${title}`)).size).toBe(cases.length);
        expect(cases.filter(({ finds }) => finds.length === 0).length).toBeGreaterThanOrEqual(cases.length / 3);
    });
});

import { compare } from "bcryptjs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { characterInputs, randomText } from "../../../lab/plugins/random/characters.ts";
import { randomProvider } from "../../../lab/plugins/random/provider.ts";
import { PluginClient } from "./plugin-client.ts";

let plugin: PluginClient;
const password = () => plugin.resource("random:index/randomPassword:RandomPassword");
const id = () => plugin.resource("random:index/randomId:RandomId");

/** The plain text inside a secret. */
const plain = (wrapped: unknown): string => z.object({ value: z.string() }).parse(wrapped).value;

beforeAll(async () => {
    plugin = await PluginClient.start(randomProvider, {});
});
afterAll(() => {
    plugin.stop();
});

describe("a random text", () => {
    it("has its length, the minimum of each class, and no character of a class that is off", () => {
        const flags = fc.record({ lower: fc.boolean(), upper: fc.boolean(), numeric: fc.boolean(), special: fc.boolean() });
        const minimum = fc.nat({ max: 4 });
        fc.assert(
            fc.property(flags, minimum, minimum, fc.integer({ min: 12, max: 40 }), ({ lower, upper, numeric, special }, minLower, minNumeric, length) => {
                fc.pre(lower || upper || numeric || special);
                const text = randomText(characterInputs.parse({ length, lower, upper, numeric, special, minLower, minNumeric, overrideSpecial: "-_" }));
                expect(text).toHaveLength(length);
                expect(text.replace(/[^a-z]/g, "").length).toBeGreaterThanOrEqual(minLower);
                expect(text.replace(/[^0-9]/g, "").length).toBeGreaterThanOrEqual(minNumeric);
                expect(/[A-Z]/.test(text) && !upper).toBe(false);
                expect(/[-_]/.test(text) && !special).toBe(false);
                expect(text).toMatch(/^[a-zA-Z0-9_-]*$/);
            }),
        );
    });
});

describe("a password", () => {
    it("is secret, its hash too, and the id says nothing about it", async () => {
        const created = await password().create({ length: 20, overrideSpecial: "-_" });
        expect(created.id).toBe("none");
        const result = plain(created.state.result);
        expect(result).toMatch(/^[a-zA-Z0-9_-]{20}$/);
        expect(await compare(result, plain(created.state.bcryptHash))).toBe(true);
        expect(await password().diff(created.state, created.inputs)).toMatchObject({ changed: [] });
    });

    it.each([{ keepers: { rotated: "2026" } }, { length: 21 }, { special: false }, { minUpper: 2 }])("is made anew when %o changes", async (change) => {
        const created = await password().create({ length: 20 });
        const { inputs } = await password().check({ length: 20, ...change });
        expect((await password().diff(created.state, inputs)).replaces).toEqual(Object.keys(change));
    });

    it("refuses minimums that do not fit, and having nothing to choose from", async () => {
        expect((await password().check({ length: 3, minLower: 2, minUpper: 2 })).failures).toEqual([
            "length: length is 3, but the minimums add up to 4; raise length or lower them",
        ]);
        expect((await password().check({ length: 3, lower: false, upper: false, numeric: false, special: false })).failures[0]).toMatch(
            "no characters to choose from",
        );
    });

    it("is imported by its text", async () => {
        const imported = await password().read("a-known-password");
        expect(imported.id).toBe("none");
        expect(plain(imported.state.result)).toBe("a-known-password");
        expect(imported.inputs).toMatchObject({ length: 16 });
    });
});

describe("ids and UUIDs", () => {
    it("spells the same bytes four times, each with the prefix", async () => {
        const { state } = await id().read("x-,AQIDBA");
        expect(state).toEqual({ byteLength: 4, prefix: "x-", b64Std: "x-AQIDBA==", b64Url: "x-AQIDBA", dec: "x-16909060", hex: "x-01020304" });
        expect((await id().create({ byteLength: 6 })).state.hex).toMatch(/^[0-9a-f]{12}$/);
    });

    it("makes UUIDs, and imports none that is not one", async () => {
        const uuid = plugin.resource("random:index/randomUuid:RandomUuid");
        const created = await uuid.create({});
        expect(created.state.result).toBe(created.id);
        await expect(uuid.read("nonsense")).rejects.toThrow("'nonsense' is not a UUID");
    });

    it("makes a text that is its own id", async () => {
        const created = await plugin.resource("random:index/randomString:RandomString").create({ length: 8, special: false });
        expect(created.id).toMatch(/^[a-zA-Z0-9]{8}$/);
        expect(created.state.result).toBe(created.id);
    });
});

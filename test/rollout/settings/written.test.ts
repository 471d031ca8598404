import { describe, expect, it } from "vitest";

import { readDifferently, readWritten, writtenValues } from "../../../rollout/settings/written.ts";

const file = `
encryptionsalt: v1:x
config:
  service:percent: 25
  service:mode: "0755"
  service:stable: { name: v1, config: { LEVEL: info, RETRIES: 3, ON: true } }
  service:networks: [10.0.0.0/8]
  service:password: { secure: v1:abc }
  other:percent: 5
`;

const written = (text = file) => readWritten({ path: "Pulumi.prod.yaml", text, project: "service" });

/** What the engine gives for {@link file}. */
const given = {
    percent: "25",
    mode: "0755",
    stable: { name: "v1", config: { LEVEL: "info", RETRIES: 3, ON: true } },
    networks: ["10.0.0.0/8"],
};

describe("the stack's file", () => {
    it("is read once, for the project's own keys", () => {
        expect(writtenValues(written())).toEqual({
            ...given,
            percent: 25,
            password: { secure: "v1:abc" },
        });
    });

    it("must be valid", () => {
        expect(() => written("config: [")).toThrow(/Pulumi\.prod\.yaml is not valid YAML/);
    });

    it("is what the engine read, with what Pulumi.yaml adds", () => {
        expect(readDifferently(written(), given, {})).toEqual([]);
        expect(readDifferently(written(), { ...given, timeScale: "1", candidate: {} }, { timeScale: "1", candidate: {} })).toEqual([]);
    });

    it.each([
        ["another number", { percent: "50" }],
        ["a number in another notation", { mode: "493" }],
        ["a nested value", { stable: { ...given.stable, config: { ...given.stable.config, LEVEL: "debug" } } }],
        ["a nested number", { stable: { ...given.stable, config: { ...given.stable.config, RETRIES: 4 } } }],
        ["an item more", { networks: ["10.0.0.0/8", "0.0.0.0/0"] }],
        ["a value that is not there", { percent: undefined }],
        ["a key that the file does not have", { candidate: { name: "v2" } }],
    ])("is not what the engine read: %s", (_what, change) => {
        const problems = readDifferently(written(), { ...given, ...change }, { candidate: {} });
        expect(problems.map(({ key }) => key)).toEqual(Object.keys(change));
        expect(problems[0]?.fix).toMatch(/in quotes.*--config-file/);
    });

    it("may have values from an environment", () => {
        expect(readDifferently(written(`${file}environment: [prod]\n`), { ...given, candidate: { name: "v2" } }, {})).toEqual([]);
    });
});

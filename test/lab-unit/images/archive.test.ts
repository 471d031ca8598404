import { describe, expect, it } from "vitest";
import { z } from "zod";

import { archiveManifest, configJson, plainConfig, referenceOf, type Image } from "../../../lab/images/archive.ts";
import { keyOf, type PackedLayer } from "../../../lab/images/layers.ts";

function layer(digit: string): PackedLayer {
    return { tar: `/cache/${digit}/layer.tar`, digest: `sha256:${digit.repeat(64)}`, bytes: 1024 };
}

const base = layer("a");
const redis: Image = { name: "redis", layers: [base, layer("b")], config: { ...plainConfig, command: ["redis-server"], ports: ["6379/tcp"] } };
const postgres: Image = { name: "postgres", layers: [base, layer("c")], config: { ...plainConfig, user: "10001:10001", workingDirectory: "/data" } };

describe("an image's config", () => {
    it("names its layers from the bottom up, and says how a container starts", () => {
        expect(JSON.parse(configJson(redis))).toMatchObject({
            os: "linux",
            rootfs: { type: "layers", diff_ids: [base.digest, `sha256:${"b".repeat(64)}`] },
            config: { Cmd: ["redis-server"], Entrypoint: [], ExposedPorts: { "6379/tcp": {} }, Env: [expect.stringMatching(/^PATH=\//)] },
        });
        expect(JSON.parse(configJson(postgres))).toMatchObject({ config: { User: "10001:10001", WorkingDir: "/data" } });
    });
});

describe("an image's reference", () => {
    it("is the same for the same content", () => {
        expect(referenceOf({ ...redis })).toBe(referenceOf(redis));
        expect(referenceOf(redis)).toMatch(/^lab\.example\.com\/redis:[0-9a-f]{12}$/);
    });

    it.each([
        { change: "a layer", image: { ...redis, layers: [base, layer("d")] } },
        { change: "the order of layers", image: { ...redis, layers: redis.layers.toReversed() } },
        { change: "the environment", image: { ...redis, config: { ...redis.config, environment: { PATH: "/bin" } } } },
        { change: "the user", image: { ...redis, config: { ...redis.config, user: "1" } } },
        { change: "the command", image: { ...redis, config: { ...redis.config, command: [] } } },
    ])("changes with $change", ({ image }) => {
        expect(referenceOf(image)).not.toBe(referenceOf(redis));
    });
});

describe("an archive's manifest", () => {
    const { manifest, configs } = archiveManifest([redis, postgres]);
    const entries = z
        .array(z.object({ Config: z.string().regex(/^[0-9a-f]{64}\.json$/), RepoTags: z.array(z.string()), Layers: z.array(z.string()) }))
        .parse(JSON.parse(manifest));

    it("has an entry for each image: its tag, its config's file and its layers", () => {
        const file = (digit: string) => `${digit.repeat(64)}/layer.tar`;
        expect(entries.map(({ RepoTags, Layers }) => ({ RepoTags, Layers }))).toEqual([
            { RepoTags: [referenceOf(redis)], Layers: [file("a"), file("b")] },
            { RepoTags: [referenceOf(postgres)], Layers: [file("a"), file("c")] },
        ]);
    });

    it("has each config that an entry names", () => {
        expect(Object.values(configs)).toEqual([configJson(redis), configJson(postgres)]);
        expect(Object.keys(configs)).toEqual(entries.map((entry) => entry.Config));
    });
});

describe("a key", () => {
    it("is the same for the same data, and another for any other", () => {
        const parts = ["redis", { packages: ["redis-server"], without: [] }];
        expect(keyOf(...structuredClone(parts))).toBe(keyOf(...parts));
        expect(
            new Set(
                [parts, ["redis"], [{ packages: ["redis-server"], without: [] }, "redis"], ["redis", { packages: ["redis-tools"], without: [] }]].map((each) =>
                    keyOf(...each),
                ),
            ).size,
        ).toBe(4);
    });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { provider } from "../../../lab/plugins/provider.ts";
import { resourceKind } from "../../../lab/plugins/resource-kind.ts";
import { PluginClient, secret, unknown } from "./plugin-client.ts";

/** A made-up kind with one field of each sort; its "server" is a map. */
const live = new Map<string, Inputs>();
const inputs = z.strictObject({
    name: z.string(),
    size: z.int().min(1),
    mode: z.string().default("plain"),
    owner: z.string().optional(),
    token: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    tags: z.array(z.string()).default([]),
});
type Inputs = z.output<typeof inputs>;
const state = inputs.extend({ address: z.string(), key: z.string() });
const outputs = (given: Inputs): z.output<typeof state> => ({ owner: "somebody", ...given, address: `at-${given.name}`, key: "made-up-key" });

const box = resourceKind({
    token: "shelf:index/box:Box",
    inputs,
    state,
    replaceOn: { mode: true, size: (before, after) => Number(after) < Number(before) },
    computedInputs: ["owner"],
    secretOutputs: ["key"],
    deleteFirst: ["name"],
    autoName: true,
    verify: (given) => (given.mode === "tiny" && given.size > 3 ? [{ property: "size", reason: "a tiny box holds 3 at most" }] : []),
    create: (shelf: string, given) => {
        if (given.token === "broken-token") {
            return Promise.reject(new Error(`shelf ${shelf} refuses ${given.token}`));
        }
        live.set(given.name, given);
        return Promise.resolve({ id: given.name, state: outputs(given) });
    },
    read: (_shelf, id, last) => {
        const found = live.get(id);
        return Promise.resolve(found === undefined ? undefined : { id, state: { ...last, ...outputs(found) } });
    },
    update: (_shelf, id, given) => {
        live.set(id, given);
        return Promise.resolve(outputs(given));
    },
    delete: (_shelf, id) => Promise.resolve(void live.delete(id)),
});

const shelf = provider({
    name: "shelf",
    settings: z.strictObject({ address: z.string(), ports: z.array(z.int()).default([1]), password: z.string().optional() }),
    secretSettings: ["password"],
    use: (settings: { address: string }, work) => work(settings.address),
    kinds: [box],
});

let plugin: PluginClient;
const it_ = () => plugin.resource("shelf:index/box:Box", "box");

beforeAll(async () => {
    plugin = await PluginClient.start(shelf, { address: "cellar", ports: "[1,2]" });
});
afterAll(() => {
    plugin.stop();
});

describe("what the engine gives is checked", () => {
    it("fills in defaults and a name of its own, which stays the same from then on", async () => {
        const first = await it_().check({ size: 1 });
        expect(first).toMatchObject({ failures: [], inputs: { size: 1, mode: "plain" } });
        expect(first.inputs.name).toMatch(/^box-[0-9a-f]{7}$/);
        expect((await it_().check({ size: 2 }, first.inputs)).inputs.name).toBe(first.inputs.name);
    });

    it.each([
        {
            what: "an unknown property",
            given: { size: 1, colour: "red" },
            failure: "colour: 'colour' is not supported by this stand-in; it knows labels, mode, name, owner, size, tags, token",
        },
        { what: "a missing property", given: {}, failure: "size: 'size' is required" },
        { what: "a wrong type", given: { size: "big" }, failure: "size: 'size': Invalid input: expected number, received string" },
        { what: "a rule between properties", given: { size: 4, mode: "tiny" }, failure: "size: a tiny box holds 3 at most" },
    ])("refuses $what", async ({ given, failure }) => {
        expect((await it_().check(given)).failures).toEqual([failure]);
    });

    it("does not judge what is not known yet, nor a rule that needs it", async () => {
        expect(await it_().check({ size: unknown, mode: "tiny", name: unknown })).toMatchObject({
            failures: [],
            inputs: { size: unknown, mode: "tiny", name: unknown },
        });
    });

    it("refuses unknown types and functions by name", async () => {
        await expect(plugin.resource("shelf:index/crate:Crate").create({})).rejects.toThrow(
            "'shelf:index/crate:Crate' is not supported by the shelf stand-in; it knows shelf:index/box:Box",
        );
        await expect(plugin.invoke("shelf:index/getBox:getBox")).rejects.toThrow("'shelf:index/getBox:getBox' is not supported");
    });

    it("takes settings as text, lists as JSON, and refuses what it does not know", async () => {
        expect(await plugin.checkConfig({ address: "attic", ports: "[3]", version: "1.0.0" })).toEqual([]);
        expect(await plugin.checkConfig({ address: "attic", ports: "three", light: "on" })).toEqual([
            "'light' is not supported by this stand-in; it knows address, password, ports",
            "'ports': Invalid input: expected array, received string",
        ]);
    });
});

describe("a diff", () => {
    const before = { name: "a", size: 5, mode: "plain", owner: "somebody", address: "at-a", key: secret("made-up-key"), tags: [] };
    const after = { name: "a", size: 5, mode: "plain", tags: [] };

    it.each([
        { what: "nothing", change: {}, changed: [], replaces: [] },
        { what: "a property that grew", change: { size: 6 }, changed: ["size"], replaces: [] },
        { what: "a property that shrank", change: { size: 4 }, changed: ["size"], replaces: ["size"] },
        { what: "a property that forces replacement", change: { mode: "tiny" }, changed: ["mode"], replaces: ["mode"] },
        { what: "a forcing property that is not known yet", change: { mode: unknown }, changed: ["mode"], replaces: ["mode"] },
        { what: "a property that was added", change: { token: secret("t") }, changed: ["token"], replaces: [] },
    ])("finds $what", async ({ change, changed, replaces }) => {
        expect(await it_().diff(before, { ...after, ...change })).toMatchObject({ changed, replaces });
    });

    it("deletes first only where the new object would collide with the old", async () => {
        expect((await it_().diff(before, { ...after, mode: "tiny" })).deleteBeforeReplace).toBe(true);
        expect((await it_().diff(before, { ...after, mode: "tiny", name: "b" })).deleteBeforeReplace).toBe(false);
    });
});

describe("a state that the official plugin made", () => {
    /** It keeps the id and notes of its bridge among the properties, and null for what is empty. */
    const official = {
        id: "official",
        __meta: `{"schema_version":"1"}`,
        __defaults: ["mode"],
        name: "official",
        size: 5,
        mode: "plain",
        owner: "somebody",
        labels: null,
        tags: null,
        onlyOfficial: "yes",
        address: "at-official",
        key: secret("made-up-key"),
    };
    const given = { name: "official", size: 5 };

    it("is no change to what the program gives", async () => {
        const { inputs: wanted } = await it_().check(given, official);
        expect(wanted).toMatchObject({ tags: [] });
        expect(await it_().diff(official, wanted)).toMatchObject({ changed: [], replaces: [] });
        expect(await it_().diff(official, { ...wanted, tags: ["new"] })).toMatchObject({ changed: ["tags"], replaces: [] });
    });

    it("is read, updated and deleted", async () => {
        live.set("official", { name: "official", size: 5, mode: "plain", tags: [] });
        expect((await it_().read("official", official, { __defaults: ["mode"], ...given })).state).toMatchObject({ size: 5, address: "at-official" });
        expect(await it_().update("official", official, { ...given, size: 6 })).toMatchObject({ size: 6 });
        await it_().delete("official", official);
        expect(live.has("official")).toBe(false);
    });
});

it("keeps out of the state what is no valid value, since no later command could read it", async () => {
    live.set("broken", { name: "broken", size: Number.NaN, mode: "plain", tags: [] });
    await expect(it_().read("broken")).rejects.toThrow(/size/);
});

describe("secrets and unknowns", () => {
    it("gives secrets back as secrets, nested ones and made ones too", async () => {
        const created = await it_().create({ name: "s", size: 1, token: secret("t0ken"), labels: { open: "yes", hidden: secret("no") } });
        expect(created.state).toMatchObject({
            token: secret("t0ken"),
            labels: secret({ open: "yes", hidden: "no" }),
            key: secret("made-up-key"),
            name: "s",
            address: "at-s",
        });
        const read = await it_().read(created.id, created.state, created.inputs);
        expect(read.state).toEqual(created.state);
        expect(read.inputs.token).toEqual(secret("t0ken"));
        expect((await it_().update(created.id, created.state, { name: "s", size: 2, token: secret("next") })).token).toEqual(secret("next"));
    });

    it("never shows a secret in an error, neither a property nor a setting", async () => {
        await expect(it_().create({ name: "x", size: 1, token: secret("broken-token") })).rejects.toThrow("shelf cellar refuses [secret]");
        const loud = await PluginClient.start(shelf, { address: "hunter2", password: "hunter2" });
        await expect(loud.resource("shelf:index/box:Box").create({ size: 1, token: "broken-token" })).rejects.toThrow("shelf [secret] refuses broken-token");
        loud.stop();
    });

    it("plans a creation without touching anything: what is made later is unknown", async () => {
        const planned = await it_().create({ name: "later", size: unknown }, true);
        expect(planned).toMatchObject({
            id: "",
            state: { name: "later", size: unknown, mode: "plain", owner: unknown, address: unknown, key: secret(unknown) },
        });
        expect(live.has("later")).toBe(false);
    });

    it("plans an update without touching anything: what was made stays known", async () => {
        const created = await it_().create({ name: "planned", size: 1 });
        const planned = await it_().update(created.id, created.state, { name: "planned", size: unknown }, true);
        expect(planned).toMatchObject({ size: unknown, owner: "somebody", address: "at-planned", key: secret("made-up-key") });
        expect(live.get("planned")?.size).toBe(1);
    });

    it("plans with settings that are not known yet, and refuses to act on them", async () => {
        const early = await PluginClient.start(shelf, { address: unknown });
        const resource = early.resource("shelf:index/box:Box");
        expect((await resource.create({ name: "early", size: 1 }, true)).id).toBe("");
        await expect(resource.create({ name: "early", size: 1 })).rejects.toThrow("the settings address of the shelf provider are not known yet");
        early.stop();
    });
});

describe("reading", () => {
    it("brings in by id alone, with all inputs", async () => {
        live.set("found", { name: "found", size: 7, mode: "plain", tags: [] });
        expect(await it_().read("found")).toMatchObject({ id: "found", inputs: { name: "found", size: 7, mode: "plain", owner: "somebody" } });
    });

    it("shows drift in the inputs that the program gave, and only in those", async () => {
        const created = await it_().create({ name: "drifting", size: 1 });
        live.set("drifting", { name: "drifting", size: 9, mode: "plain", token: "new", tags: [] });
        expect((await it_().read(created.id, created.state, created.inputs)).inputs).toEqual({ name: "drifting", size: 9, mode: "plain", tags: [] });
    });

    it("answers with an empty id when the object is gone", async () => {
        const created = await it_().create({ name: "gone", size: 1 });
        live.delete("gone");
        expect((await it_().read(created.id, created.state, created.inputs)).id).toBe("");
    });
});

it("reports the version it is given", async () => {
    expect(await plugin.version()).toBe("1.2.3");
});

import { randomBytes } from "node:crypto";

import { Admin } from "@platformatic/kafka";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { kafkaProvider } from "../../../lab/plugins/kafka/provider.ts";
import { PluginClient, unknown } from "../../lab-unit/plugins/plugin-client.ts";
import { labEndpoints } from "./lab-endpoints.ts";
import { closedPort, silentServer } from "./ports.ts";

const bootstrap = labEndpoints().NOVA_LAB_KAFKA_BOOTSTRAP.split(",");
const settings = { bootstrapServers: JSON.stringify(bootstrap), tlsEnabled: "false", skipTlsVerify: "false", saslMechanism: "plain" };
const prefix = `t${randomBytes(4).toString("hex")}`;

let plugin: PluginClient;
/** Does something behind the provider's back. */
let admin: Admin;
const topic = () => plugin.resource("kafka:index/topic:Topic");
const acl = () => plugin.resource("kafka:index/acl:Acl");
const quota = () => plugin.resource("kafka:index/quota:Quota");

beforeAll(async () => {
    plugin = await PluginClient.start(kafkaProvider, settings);
    admin = new Admin({ clientId: "test", bootstrapBrokers: bootstrap });
});

afterAll(async () => {
    const left = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
    if (left.length > 0) {
        await admin.deleteTopics({ topics: left });
    }
    await admin.close();
    plugin.stop();
});

describe("a broker that can't be used", () => {
    it("is down: the error names the broker", async () => {
        const address = `127.0.0.1:${String(await closedPort())}`;
        const down = await PluginClient.start(kafkaProvider, { ...settings, bootstrapServers: JSON.stringify([address]) });
        await expect(down.resource("kafka:index/topic:Topic").create({ name: prefix, partitions: 1, replicationFactor: 1 })).rejects.toThrow(
            `can't reach Kafka at ${address}`,
        );
        down.stop();
    });

    it("takes the connection and never answers: the wait ends, with an error that names the broker", async () => {
        const silent = await silentServer();
        const address = `127.0.0.1:${String(silent.port)}`;
        const slow = await PluginClient.start(kafkaProvider, { ...settings, bootstrapServers: JSON.stringify([address]) });
        await expect(slow.resource("kafka:index/topic:Topic").create({ name: prefix, partitions: 1, replicationFactor: 1 })).rejects.toThrow(
            `can't reach Kafka at ${address}`,
        );
        slow.stop();
        silent.close();
    });

    it("refuses the password: the error names the broker, and never holds the password", async () => {
        const wrong = await PluginClient.start(kafkaProvider, { ...settings, saslUsername: "somebody", saslPassword: "a-wrong-password" });
        const failure = wrong.resource("kafka:index/topic:Topic").create({ name: prefix, partitions: 1, replicationFactor: 1 });
        await expect(failure).rejects.toThrow(bootstrap[0] ?? "");
        await expect(failure).rejects.not.toThrow("a-wrong-password");
        wrong.stop();
    });
});

describe("a topic", () => {
    const name = `${prefix}-events`;
    const inputs = { name, partitions: 2, replicationFactor: 1, config: { "retention.ms": "86400000" } };

    it("is there as soon as it has been created", async () => {
        const created = await topic().create(inputs);
        expect(created).toMatchObject({ id: name, state: inputs });
        expect((await admin.metadata({ topics: [name] })).topics.get(name)?.partitions).toHaveLength(2);
    });

    it("refuses to take over one that is there, and says how to bring it in", async () => {
        await expect(topic().create(inputs)).rejects.toThrow(`topic '${name}' already exists; bring it in with 'pulumi import', or choose another name`);
    });

    it("imports by name, with the settings that somebody has set", async () => {
        expect((await topic().read(name)).inputs).toEqual(inputs);
    });

    it("grows in place, and takes new settings", async () => {
        const wanted = { ...inputs, partitions: 4, config: { "cleanup.policy": "compact" } };
        expect(await topic().diff(inputs, wanted)).toMatchObject({ changed: ["partitions", "config"], replaces: [] });
        expect(await topic().update(name, inputs, wanted)).toEqual(wanted);
        expect((await topic().read(name)).inputs).toEqual(wanted);
    });

    it.each([
        { what: "fewer partitions", change: { partitions: 1 }, replaces: ["partitions"], deleteBeforeReplace: true },
        { what: "another replication factor", change: { replicationFactor: 3 }, replaces: ["replicationFactor"], deleteBeforeReplace: true },
        { what: "another name", change: { name: `${name}-2` }, replaces: ["name"], deleteBeforeReplace: false },
    ])("is replaced by $what", async ({ change, replaces, deleteBeforeReplace }) => {
        expect(await topic().diff(inputs, { ...inputs, ...change })).toMatchObject({ replaces, deleteBeforeReplace });
    });

    it("finds the drift: a setting changed by hand, one added, and one taken away that equals the broker's default", async () => {
        const state = { ...inputs, partitions: 4, config: { "cleanup.policy": "compact" } };
        const resources = { resourceType: 2, resourceName: name } as const;
        const by = (setting: string, value: string) => ({ name: setting, value, configOperation: 0 }) as const;
        await admin.incrementalAlterConfigs({ resources: [{ ...resources, configs: [by("cleanup.policy", "delete"), by("segment.ms", "1000000")] }] });
        await expect.poll(async () => (await topic().read(name, state, state)).state.config).toEqual({ "cleanup.policy": "delete", "segment.ms": "1000000" });
        const refreshed = await topic().read(name, state, state);
        expect((await topic().diff(refreshed.state, state)).changed).toEqual(["config"]);
        expect(await topic().update(name, refreshed.state, state)).toEqual(state);

        const declared = { ...state, config: { "cleanup.policy": "compact", "segment.bytes": "1073741824" } };
        await topic().update(name, state, declared);
        await admin.incrementalAlterConfigs({ resources: [{ ...resources, configs: [{ name: "segment.bytes", configOperation: 1 }] }] });
        await expect.poll(async () => (await topic().read(name, declared, declared)).state.config).toEqual({ "cleanup.policy": "compact" });
    });

    it("says what the broker says about a setting or a factor that can't be", async () => {
        await expect(topic().create({ ...inputs, name: `${name}-x`, config: { nonsense: "1" } })).rejects.toThrow(/Unknown topic config name: nonsense/);
        await expect(topic().create({ ...inputs, name: `${name}-x`, replicationFactor: 9 })).rejects.toThrow(/replication factor 9.*[Rr]eplication factor/);
    });

    it("is found gone when it was deleted behind its back, and can be deleted again", async () => {
        await topic().delete(name, inputs);
        expect(await admin.listTopics()).not.toContain(name);
        expect((await topic().read(name, inputs, inputs)).id).toBe("");
        await topic().delete(name, inputs);
    });

    it("previews with what is not known yet, and with its own name where none is given", async () => {
        const planned = await topic().create({ partitions: unknown, replicationFactor: 1 }, true);
        expect(planned.id).toBe("");
        expect(planned.state).toMatchObject({ partitions: unknown, replicationFactor: 1 });
        expect(planned.state.name).toMatch(/^it-[0-9a-f]{7}$/);
    });
});

describe("an access rule", () => {
    const inputs = {
        aclPrincipal: `User:${prefix}`,
        aclHost: "*",
        aclOperation: "Read",
        aclPermissionType: "Allow",
        aclResourceType: "Topic",
        aclResourceName: `${prefix}-`,
    };

    it("is made, imported by its id, found gone, and deleted again", async () => {
        const created = await acl().create({ ...inputs, resourcePatternTypeFilter: "Prefixed" });
        expect(created.id).toBe(`User:${prefix}|*|Read|Allow|Topic|${prefix}-|Prefixed`);
        expect((await acl().read(created.id)).inputs).toEqual(created.inputs);
        await acl().delete(created.id, created.state);
        expect((await acl().read(created.id, created.state, created.inputs)).id).toBe("");
        await acl().delete(created.id, created.state);
    });

    it("is replaced by every change", async () => {
        const { inputs: checked } = await acl().check(inputs);
        const { inputs: changed } = await acl().check({ ...inputs, aclOperation: "Write" });
        expect(await acl().diff(checked, changed)).toMatchObject({ replaces: ["aclOperation"], deleteBeforeReplace: false });
    });

    it("refuses a word that Kafka does not have", async () => {
        expect((await acl().check({ ...inputs, aclOperation: "Peek" })).failures[0]).toMatch(/aclOperation: .*'Peek' must be one of All, Read/);
    });
});

describe("a quota", () => {
    it.each([{ entityName: `${prefix}-user`, entityType: "user" }, { entityType: "client-id" }])(
        "is made, made anew, read back and deleted for %o",
        async (entity) => {
            const created = await quota().create({ ...entity, config: { producer_byte_rate: "1000000", request_percentage: "50" } });
            expect(created.id).toBe(`${"entityName" in entity ? entity.entityName : "entity-default"}|${entity.entityType}`);
            expect((await quota().read(created.id)).inputs.config).toEqual({ producer_byte_rate: "1000000", request_percentage: "50" });
            // As with the official provider: other limits make a new one, which writes over what is there, and deleting the old one takes the new one along.
            const changed = { ...entity, config: { producer_byte_rate: "2000000" } };
            expect((await quota().diff(created.state, changed)).replaces).toEqual(["config"]);
            const second = await quota().create(changed);
            expect((await quota().read(second.id, second.state, second.state)).state).toEqual(changed);
            await quota().delete(created.id, created.state);
            expect((await quota().read(second.id, second.state, second.state)).id).toBe("");
        },
    );
});

describe("a login by SCRAM", () => {
    const login = () => plugin.resource("kafka:index/userScramCredential:UserScramCredential");
    const given = (password: string, iterations = 4_096) => ({
        username: `${prefix}-user`,
        scramMechanism: "SCRAM-SHA-512",
        scramIterations: iterations,
        password,
    });

    /** Logs in at the listener that asks for a name. */
    async function logIn(password: string): Promise<void> {
        const client = new Admin({
            clientId: "test",
            bootstrapBrokers: [`127.0.0.1:${labEndpoints().NOVA_LAB_KAFKA_PODS.split(":")[1] ?? ""}`],
            sasl: { mechanism: "SCRAM-SHA-512", username: `${prefix}-user`, password },
            retries: 0,
        });
        try {
            await client.listApis();
        } finally {
            await client.close();
        }
    }

    it("opens the brokers to the password of now, and to no other, until it is deleted", async () => {
        const { id, state } = await login().create(given("first"));
        expect(id).toBe(`${prefix}-user|SCRAM-SHA-512`);
        await logIn("first");
        await expect(logIn("another")).rejects.toThrow();
        const changed = await login().update(id, state, given("second", 8_192));
        await logIn("second");
        await expect(logIn("first")).rejects.toThrow();
        expect((await login().read(id, changed, changed)).state).toMatchObject({ scramIterations: 8_192 });
        await login().delete(id, changed);
        await expect(logIn("second")).rejects.toThrow();
        expect((await login().read(id, changed, changed)).id).toBe("");
    });

    it.each([
        ["a mechanism that is none", { ...given("word"), scramMechanism: "PLAIN" }, "must be SCRAM-SHA-256 or SCRAM-SHA-512"],
        ["too few iterations", given("word", 100), "must be at least 4096"],
    ])("refuses %s", async (_, inputs, reason) => {
        await expect(login().create(inputs)).rejects.toThrow(reason);
    });
});

import { randomBytes } from "node:crypto";

import { Admin } from "@platformatic/kafka";
import { execa } from "execa";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { labEndpoints } from "./lab-endpoints.ts";
import { PulumiProject } from "./pulumi-project.ts";

const lab = labEndpoints();
const bootstrap = lab.NOVA_LAB_KAFKA_BOOTSTRAP.split(",");
const prefix = `t${randomBytes(4).toString("hex")}`;

/** A password that the program knows in plain text, so that its leaks can be looked for. */
const fixedPassword = `plain-${randomBytes(8).toString("hex")}`;

/** Six resources of three providers: a generated password flows into a role, and the role's name into a grant. */
function program(given: { partitions: number; protect: boolean }): string {
    return `
        const postgres = new postgresql.Provider("postgres", { host: "${lab.NOVA_LAB_POSTGRES_HOST}", port: ${String(lab.NOVA_LAB_POSTGRES_PORT)}, username: "${lab.NOVA_LAB_POSTGRES_USER}",
            password: process.env.NOVA_LAB_POSTGRES_PASSWORD, sslmode: "disable", expectedVersion: "15.0.0" });
        const broker = new kafka.Provider("broker", { bootstrapServers: ${JSON.stringify(bootstrap)}, tlsEnabled: false });
        const password = new random.RandomPassword("password", { length: 24, overrideSpecial: "-_" });
        const application = new postgresql.Role("application", { name: "${prefix}-application", login: true, password: password.result }, { provider: postgres });
        new postgresql.Role("fixed", { name: "${prefix}-fixed", password: "${fixedPassword}" }, { provider: postgres });
        new postgresql.Grant("connect", { database: "postgres", role: application.name, objectType: "database", privileges: ["CONNECT"] }, { provider: postgres });
        new kafka.Topic("events", { name: "${prefix}-events", partitions: ${String(given.partitions)}, replicationFactor: 1, config: { "retention.ms": "86400000" } }, { provider: broker, protect: ${String(given.protect)} });
        new kafka.Acl("write", { aclPrincipal: pulumi.interpolate\`User:\${application.name}\`, aclHost: "*", aclOperation: "Write", aclPermissionType: "Allow", aclResourceType: "Topic", aclResourceName: "${prefix}-events" }, { provider: broker });
        export const result = password.result;`;
}

/** What the CLI exports, as far as it is looked at. */
const resourceSchema = z.looseObject({
    type: z.string(),
    custom: z.boolean(),
    id: z.string().optional(),
    inputs: z.record(z.string(), z.unknown()).optional(),
    outputs: z.record(z.string(), z.unknown()).optional(),
});
const stackSchema = z.looseObject({ deployment: z.looseObject({ resources: z.array(resourceSchema) }) });

/** A resource's state in the form of the official plugins: the id and notes of a bridge among its properties, and null for what is empty. */
function asOfficial(resource: z.output<typeof resourceSchema>): object {
    const { type, custom, id, inputs = {}, outputs = {} } = resource;
    if (!custom || type.startsWith("pulumi:")) {
        return resource;
    }
    const empty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
    return {
        ...resource,
        inputs: { __defaults: [], ...Object.fromEntries(Object.entries(inputs).filter(([, value]) => !empty(value))) },
        outputs: {
            __meta: `{"schema_version":"1"}`,
            id,
            ...Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, empty(value) ? null : value])),
        },
    };
}

let project: PulumiProject;
let admin: Admin;

beforeAll(async () => {
    admin = new Admin({ clientId: "test", bootstrapBrokers: bootstrap });
    project = await PulumiProject.create();
});

afterAll(async () => {
    await project.program(program({ partitions: 4, protect: false }));
    await project.tryPulumi(["state", "unprotect", "--all", "--yes"]);
    await project.tryPulumi(["destroy", "--yes", "--skip-preview"]);
    await project.remove();
    await admin.close();
});

async function sql(statement: string): Promise<void> {
    const client = new pg.Client({
        host: lab.NOVA_LAB_POSTGRES_HOST,
        port: lab.NOVA_LAB_POSTGRES_PORT,
        user: lab.NOVA_LAB_POSTGRES_USER,
        password: lab.NOVA_LAB_POSTGRES_PASSWORD,
        database: "postgres",
    });
    await client.connect();
    await client.query(statement).finally(() => client.end());
}

describe("the real engine over the stand-ins", () => {
    it("previews what is not known yet, and touches nothing", async () => {
        await project.program(program({ partitions: 2, protect: true }));
        const { all } = await project.pulumi(["preview"]);
        expect(all).toMatch(/\+ 9 to create/);
        expect(await admin.listTopics()).not.toContain(`${prefix}-events`);
    });

    it("creates everything, and has nothing to do the second time", async () => {
        await project.pulumi(["up", "--yes", "--skip-preview"]);
        expect(await admin.listTopics()).toContain(`${prefix}-events`);
        const { all } = await project.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
        expect(all).toMatch(/9 unchanged/);
    });

    it("keeps passwords out of the state and of what it prints", async () => {
        const { stdout: generated } = await project.pulumi(["stack", "output", "result", "--show-secrets"]);
        const printed = await project.pulumi(["preview", "--diff", "--json"]);
        const onDisk = await project.everythingOnDisk();
        expect(onDisk).toContain(`${prefix}-fixed`);
        for (const secret of [generated.trim(), fixedPassword, lab.NOVA_LAB_POSTGRES_PASSWORD]) {
            expect(onDisk.includes(secret)).toBe(false);
            expect(printed.all.includes(secret)).toBe(false);
        }
    });

    it("finds drift on refresh, and puts it right", async () => {
        await sql(`ALTER ROLE "${prefix}-application" NOLOGIN`);
        await sql(`DROP ROLE "${prefix}-fixed"`);
        const found = await project.pulumi(["refresh", "--yes", "--skip-preview"]);
        expect(found.all).toMatch(/~ 1 updated/);
        expect(found.all).toMatch(/- 1 deleted/);
        const fixed = await project.pulumi(["up", "--yes", "--skip-preview"]);
        expect(fixed.all).toMatch(/\+ 1 created/);
        expect(fixed.all).toMatch(/~ 1 updated/);
    });

    it("takes over a state that the official plugins made, without a change", async () => {
        const state = stackSchema.parse(JSON.parse((await project.pulumi(["stack", "export"])).stdout));
        await project.write(
            "official.json",
            JSON.stringify({ ...state, deployment: { ...state.deployment, resources: state.deployment.resources.map(asOfficial) } }),
        );
        await project.pulumi(["stack", "import", "--file", "official.json"]);
        expect((await project.pulumi(["preview", "--diff", "--expect-no-changes"])).all).toMatch(/9 unchanged/);
        expect((await project.pulumi(["refresh", "--yes", "--skip-preview"])).all).not.toMatch(/deleted|replaced/);
        await project.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
    });

    it("adds partitions in place, and lets protection refuse fewer, in preview and in up", async () => {
        await project.program(program({ partitions: 4, protect: true }));
        await project.pulumi(["up", "--yes", "--skip-preview"]);
        expect((await admin.metadata({ topics: [`${prefix}-events`], forceUpdate: true })).topics.get(`${prefix}-events`)?.partitions).toHaveLength(4);

        await project.program(program({ partitions: 2, protect: true }));
        for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
            const refused = await project.tryPulumi(command);
            expect(refused.exitCode).not.toBe(0);
            expect(refused.all).toMatch(/marked for protection/);
        }
        expect((await admin.metadata({ topics: [`${prefix}-events`], forceUpdate: true })).topics.get(`${prefix}-events`)?.partitions).toHaveLength(4);
    });

    it("ends with a bail when the program has reported its own error, and with nothing deleted", async () => {
        await project.program(`${program({ partitions: 4, protect: true })}\nthrow new Error("the program gives up");`);
        const failed = await project.tryPulumi(["up", "--yes", "--skip-preview"]);
        expect(failed.exitCode).not.toBe(0);
        expect(failed.all).toMatch(/the program gives up/);
        expect(failed.all).not.toMatch(/Program exited with non-zero exit code/);
        expect(await admin.listTopics()).toContain(`${prefix}-events`);
    });

    it("runs a policy pack that can stop the update", async () => {
        await project.write("pack/PulumiPolicy.yaml", "runtime: nodejs\nmain: index.js\n");
        await project.write("pack/package.json", JSON.stringify({ name: "pack", version: "1.0.0" }));
        await project.write(
            "pack/index.js",
            `new (require("@pulumi/policy").PolicyPack)("pack", { policies: [{ name: "no-grants", description: "none", enforcementLevel: "mandatory",
                validateResource: (args, report) => { if (args.type === "postgresql:index/grant:Grant") report("found " + args.name); } }] });`,
        );
        await project.program(program({ partitions: 4, protect: true }));
        const refused = await project.tryPulumi(["preview", "--policy-pack", "pack"]);
        expect(refused.exitCode).not.toBe(0);
        expect(refused.all).toMatch(/found connect/);
    });

    it("leaves no process behind when the CLI is killed", async () => {
        await project.program("await new Promise((resolve) => setTimeout(resolve, 600_000));");
        const kill = new AbortController();
        const running = project.tryPulumi(["up", "--yes", "--skip-preview"], kill.signal);
        const processes = async (): Promise<string> =>
            (await execa("ps", ["-eo", "pid,args"])).stdout
                .split("\n")
                .filter((line) => line.includes(project.directory))
                .join("\n");
        await expect.poll(processes, { timeout: 20_000 }).toMatch(/cmd\/run\/index\.js/);
        kill.abort();
        await running;
        await expect.poll(processes, { timeout: 20_000 }).toBe("");
        await project.pulumi(["cancel", "--yes"]);
    });
});

import * as k8s from "@pulumi/kubernetes";
import { describe, expect, it } from "vitest";

import { DatabaseMigration, type DatabaseMigrationArgs } from "../../components/database-migration.ts";
import { type RegisteredStack, buildStack, isSecretAt, misnamedChildren, unwrap, valueAt } from "../helpers/mocks.ts";

const args: DatabaseMigrationArgs = {
    namespace: "shop-prod",
    service: "shop",
    serviceAccountName: "shop-migration",
    image: `registry.example.com/shop:1.0.0@sha256:${"1".repeat(64)}`,
    command: ["node", "migrate.ts"],
    server: { host: "postgres.example.com", port: 5432, sslMode: "verify-full" },
    database: "shop",
    owner: { username: "shop_owner", password: "look-word" },
    awaitTimeoutSeconds: 60,
};

async function build(change: Partial<DatabaseMigrationArgs> = {}): Promise<RegisteredStack<DatabaseMigration>> {
    return buildStack(() => new DatabaseMigration("shop-migration", { ...args, ...change }, { provider: new k8s.Provider("cluster") }));
}

async function jobName(change: Partial<DatabaseMigrationArgs> = {}): Promise<unknown> {
    return valueAt((await build(change)).named("shop-migration-job").inputs, "metadata.name");
}

describe("DatabaseMigration", () => {
    it("runs the image's own command as the database's owner, with the login as libpq reads it", async () => {
        const stack = await build();
        const { inputs } = stack.named("shop-migration-job");
        expect(valueAt(inputs, "spec.template.spec.containers.0")).toMatchObject({
            command: ["node", "migrate.ts"],
            env: [
                { name: "PGPASSFILE", value: "/credentials/passfile" },
                { name: "PGSSLMODE", value: "verify-full" },
            ],
        });
        expect(unwrap(valueAt(stack.named("shop-migration-credentials").inputs, "stringData.passfile"))).toBe(
            "postgres.example.com:5432:shop:shop_owner:look-word\n",
        );
    });

    it("keeps the password secret, in its own inputs too", async () => {
        const stack = await build();
        expect(isSecretAt(stack.named("shop-migration-credentials").inputs, "stringData.passfile")).toBe(true);
        expect(isSecretAt(stack.named("shop-migration").inputs, "owner.password")).toBe(true);
    });

    it("is another job for another image or command, and the same for another password", async () => {
        const name = await jobName();
        expect(await jobName({ image: args.image.replace("1.0.0", "1.1.0") })).not.toBe(name);
        expect(await jobName({ command: ["node", "migrate.ts", "--all"] })).not.toBe(name);
        expect(await jobName({ owner: { username: "shop_owner", password: "another-word" } })).toBe(name);
    });

    it("has no rights but its own, and names its parts after itself", async () => {
        const stack = await build();
        expect(valueAt(stack.named("shop-migration-job").inputs, "spec.template.spec")).toMatchObject({
            serviceAccountName: "shop-migration",
            automountServiceAccountToken: false,
            securityContext: { runAsNonRoot: true },
        });
        expect(misnamedChildren(stack)).toEqual([]);
    });
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { connectionsOf } from "../../../examples/video-ranking/connections.ts";
import { FaultClock, faultNames, faults } from "../../../examples/video-ranking/fault.ts";
import { migrations, ownerOf } from "../../../examples/video-ranking/migrate.ts";
import { identityOf, settingsOf } from "../../../examples/video-ranking/settings.ts";
import { passfileLine } from "../../../components/backup/scripts.ts";
import { profileNames } from "../../../lab/workload/profile.ts";

const folder = mkdtempSync(join(tmpdir(), "video-ranking-settings-"));
afterAll(() => {
    rmSync(folder, { recursive: true });
});

describe("the settings of a revision", () => {
    it("have a default each", () => {
        expect(settingsOf({})).toEqual({
            CACHE_TTL_SECONDS: 300,
            LOG_LEVEL: "info",
            RANKING_MODEL: "baseline",
            FAULT_PROFILE: "healthy",
            FAULT_AFTER_SECONDS: 0,
            FAULT_LEAK_FACTOR: 1,
        });
    });

    it.each([
        { files: { FAULT_PROFILE: "tired" }, says: /^FAULT_PROFILE is 'tired': use healthy, erroring, slow, / },
        { files: { FAULT_PROFILE: "toString" }, says: /^FAULT_PROFILE is 'toString'/ },
        { files: { FAULT_AFTER_SECONDS: "soon" }, says: /^FAULT_AFTER_SECONDS is 'soon': use a number from 0 on$/ },
        { files: { FAULT_LEAK_FACTOR: "-1" }, says: /^FAULT_LEAK_FACTOR is '-1'/ },
        { files: { CACHE_TTL_SECONDS: "0" }, says: /^CACHE_TTL_SECONDS is '0': use a whole number of seconds from 1 on$/ },
        { files: { LOG_LEVEL: "debug" }, says: /^LOG_LEVEL is 'debug': use info, warning, error, critical$/ },
        { files: { FAULT_PROFIL: "slow" }, says: /^FAULT_PROFIL is no setting of this service: use CACHE_TTL_SECONDS, / },
        { files: { LOG_LEVEL: "x", RANKING_MODEL: "" }, says: /LOG_LEVEL is 'x'.*; RANKING_MODEL is ''/ },
    ])("refuse $files", ({ files, says }) => {
        expect(() => settingsOf(files)).toThrow(says);
    });
});

describe("who a process is", () => {
    it.each(["SERVICE_NAME", "REVISION_NAME", "POD_NAME"])("needs %s", (name) => {
        const all = { SERVICE_NAME: "video-ranking", REVISION_NAME: "v1", POD_NAME: "pod" };
        expect(identityOf(all)).toEqual({ service: "video-ranking", revision: "v1", pod: "pod" });
        expect(() => identityOf({ ...all, [name]: "" })).toThrow(`${name} is not set`);
    });
});

describe("the fault of a revision", () => {
    it("is listed by name", () => {
        expect([...faultNames].toSorted()).toEqual(Object.keys(faults).toSorted());
    });

    it("has the name that the simulator gives it, so that both are switched the same way", () => {
        expect(faultNames.filter((name) => name !== "no-cache" && !profileNames.some((known) => known === name))).toEqual([]);
    });

    it("begins after its time", () => {
        const clock = new FaultClock("erroring", 10, 1_000);
        expect(clock.at(10_999)).toEqual(faults.healthy);
        expect(clock.at(11_000)).toEqual(faults.erroring);
    });
});

describe("the connections of a revision", () => {
    const files = {
        "postgres-url": "postgresql://app:p-_1@db.example.com:5432/shelf?sslmode=verify-full",
        "redis-url": "rediss://application:r-_1@redis.svc:26379",
        "redis-sentinel-primary": "main",
        "redis-authority": join(folder, "redis.crt"),
        "clickhouse-url": "https://application:c-_1@clickhouse.svc:8443/shelf",
        "clickhouse-authority": "",
        "kafka-bootstrap-servers": "kafka-0:9093,kafka-1:9093",
        "kafka-security-protocol": "sasl_ssl",
        "kafka-username": "shelf-application",
        "kafka-password": "k-_1",
    };

    it("are read from the files that the program writes", () => {
        writeFileSync(join(folder, "redis.crt"), "first");
        expect(connectionsOf(files)).toMatchObject({
            postgres: { host: "db.example.com", port: 5432, database: "shelf", user: "app", password: "p-_1", ssl: {} },
            redis: { host: "redis.svc", port: 26_379, username: "application", password: "r-_1", primary: "main" },
            clickhouse: { url: "https://clickhouse.svc:8443", username: "application", password: "c-_1", database: "shelf", tls: {} },
            kafka: { bootstrapBrokers: ["kafka-0:9093", "kafka-1:9093"], tls: true, login: { username: "shelf-application", password: "k-_1" } },
        });
    });

    it("read an authority each time that it is asked for, so that a renewed one counts", () => {
        writeFileSync(join(folder, "redis.crt"), "first");
        const { redis } = connectionsOf(files);
        expect(redis.tls?.ca).toBe("first");
        writeFileSync(join(folder, "redis.crt"), "renewed");
        expect(redis.tls?.ca).toBe("renewed");
        expect({ ...redis.tls }).toEqual({ ca: "renewed" });
    });

    it.each([
        { protocol: "plaintext", tls: false, login: undefined },
        { protocol: "ssl", tls: true, login: undefined },
        { protocol: "sasl_plaintext", tls: false, login: { username: "shelf-application", password: "k-_1" } },
    ])("know what $protocol means", ({ protocol, tls, login }) => {
        expect(connectionsOf({ ...files, "kafka-security-protocol": protocol }).kafka).toMatchObject({ tls, login });
    });

    it.each([
        { mode: "disable", ssl: false },
        { mode: "require", ssl: { rejectUnauthorized: false } },
        { mode: "verify-full", ssl: {} },
    ])("take sslmode=$mode as libpq does", ({ mode, ssl }) => {
        expect(connectionsOf({ ...files, "postgres-url": `postgresql://a:b@c:1/d?sslmode=${mode}` }).postgres.ssl).toEqual(ssl);
    });

    it.each([
        { change: { "kafka-security-protocol": "sasl" }, says: /kafka-security-protocol/ },
        { change: { "redis-url": "not-a-secret-url" }, says: /redis-url is no URL/ },
        { change: { "postgres-url": "postgresql://a:b@c:1/d?sslmode=prefer" }, says: /sslmode is 'prefer': use disable, require/ },
    ])("refuse $change, and tell no secret", ({ change, says }) => {
        const message = (() => {
            try {
                connectionsOf({ ...files, ...change });
                return "";
            } catch (error) {
                return String(error);
            }
        })();
        expect(message).toMatch(says);
        expect(message).not.toMatch(/[prck]-_1/);
    });
});

describe("the login of the database's owner", () => {
    it("is read from the password file that the program keeps for backups", () => {
        const fields = { host: "db.example.com", port: 5432, database: "shelf", username: "shelf_owner", password: String.raw`a:b\c` };
        expect(ownerOf(passfileLine(fields), "disable")).toEqual({
            host: "db.example.com",
            port: 5432,
            database: "shelf",
            user: "shelf_owner",
            password: String.raw`a:b\c`,
            ssl: false,
        });
    });

    it.each(["", "db:5432:shelf:owner", "a:1:b:c:d:e"])("is refused from '%s'", (line) => {
        expect(() => ownerOf(line, "disable")).toThrow("no line host:port:database:user:password");
    });
});

describe("the migrations", () => {
    it("count up, and each has a checksum of its own", () => {
        const all = migrations();
        expect(all.map(({ name }) => Number(name.slice(0, 3)))).toEqual(all.map((_, index) => index + 1));
        expect(new Set(all.map(({ checksum }) => checksum)).size).toBe(all.length);
    });
});

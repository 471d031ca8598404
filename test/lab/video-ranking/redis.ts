import getPort from "get-port";
import { generate } from "selfsigned";

import { sentinelAcl, serverAcl } from "../../../components/redis/acl.ts";
import { ensureCommands } from "../../../lab/toolchain/system.ts";
import type { RealServers } from "../../tools/preflight-servers.ts";

/** Name by which the Sentinel knows the primary. */
export const primaryName = "cache";

/** A server that reads its certificate from files. */
type Member = "one" | "other" | "sentinel";

/** Redis with a replica and a Sentinel, as the program configures them: TLS only, and the program's own access rules. */
export class RealRedis {
    readonly passwords: Readonly<Record<"application" | "exporter" | "replication" | "sentinel", string>>;
    /** Of the account `admin`, which may change the rights of others. The program makes none. */
    readonly adminPassword = "administrator";
    readonly #servers: RealServers;
    readonly #ports = new Map<Member, number>();

    /** @param password of the application, as its Secret has it. */
    constructor(servers: RealServers, password: string) {
        this.#servers = servers;
        this.passwords = { application: password, exporter: "exporter", replication: "replication", sentinel: "sentinel" };
    }

    /** Where the first primary listens. */
    get primaryPort(): number {
        return this.#ports.get("one") ?? 0;
    }

    /** Where clients ask for the primary. */
    get sentinelPort(): number {
        return this.#ports.get("sentinel") ?? 0;
    }

    async start(): Promise<void> {
        await ensureCommands(["redis-server"], () => undefined);
        for (const member of ["one", "other", "sentinel"] as const) {
            this.#ports.set(member, await getPort({ host: "127.0.0.1" }));
        }
        await this.#servers.write("server.acl", `${serverAcl(this.passwords)}user admin on >${this.adminPassword} +acl\n`);
        await this.#servers.write("sentinel.acl", sentinelAcl(this.passwords));
        await this.renewCertificates();
        await this.startServer("one");
        await this.startServer("other", "one");
        await this.startSentinel();
    }

    /**
     * Makes a new authority and a certificate signed by it. A server that is started from now on has it.
     *
     * @returns the file of the authority that clients trust.
     */
    async renewCertificates(): Promise<string> {
        const [usage, notAfterDate] = [{ name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true } as const, new Date(Date.now() + 86_400_000)];
        const common = { keyType: "ec", algorithm: "sha256", notAfterDate } as const;
        const authority = await generate([{ name: "commonName", value: "authority" }], {
            ...common,
            extensions: [{ name: "basicConstraints", cA: true, critical: true }, usage],
        });
        const server = await generate([{ name: "commonName", value: "redis" }], {
            ...common,
            ca: { key: authority.private, cert: authority.cert },
            extensions: [
                { name: "keyUsage", digitalSignature: true, critical: true },
                { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
            ],
        });
        await this.#servers.write("tls.crt", server.cert);
        await this.#servers.write("tls.key", server.private);
        return this.#servers.write("ca.crt", authority.cert);
    }

    /** @param of the primary; undefined: it is one itself. */
    async startServer(member: "one" | "other", of?: "one" | "other"): Promise<void> {
        const lines = [
            ...(await this.#common(member)),
            `aclfile ${this.#servers.folder}/server.acl`,
            "maxmemory 64mb",
            "maxmemory-policy allkeys-lru",
            'save ""',
            "masteruser replication",
            `masterauth ${this.passwords.replication}`,
            "repl-diskless-sync-delay 0",
            ...(of === undefined ? [] : [`replicaof 127.0.0.1 ${String(this.#ports.get(of))}`]),
        ];
        this.#servers.start(member, "redis-server", [await this.#servers.write(`${member}.conf`, lines.join("\n"))]);
    }

    async startSentinel(): Promise<void> {
        const lines = [
            ...(await this.#common("sentinel")),
            `aclfile ${this.#servers.folder}/sentinel.acl`,
            "sentinel sentinel-user sentinel",
            `sentinel sentinel-pass ${this.passwords.sentinel}`,
            `sentinel monitor ${primaryName} 127.0.0.1 ${String(this.#ports.get("one"))} 1`,
            `sentinel auth-user ${primaryName} sentinel`,
            `sentinel auth-pass ${primaryName} ${this.passwords.sentinel}`,
            `sentinel down-after-milliseconds ${primaryName} 1000`,
            `sentinel failover-timeout ${primaryName} 5000`,
        ];
        this.#servers.start("sentinel", "redis-server", [await this.#servers.write("sentinel.conf", lines.join("\n")), "--sentinel"]);
    }

    async stop(member: Member): Promise<void> {
        await this.#servers.stop(member, "SIGKILL");
    }

    async #common(member: Member): Promise<readonly string[]> {
        const file = (name: string): string => `${this.#servers.folder}/${name}`;
        return [
            "port 0",
            `tls-port ${String(this.#ports.get(member))}`,
            "tls-replication yes",
            `tls-cert-file ${file("tls.crt")}`,
            `tls-key-file ${file("tls.key")}`,
            `tls-ca-cert-file ${file("ca.crt")}`,
            "tls-auth-clients no",
            "bind 127.0.0.1",
            `dir ${await this.#servers.makeFolder(member)}`,
        ];
    }
}

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { dnsAddress } from "../../../../lab/addresses.ts";
import type { Observed } from "./observed.ts";
import { TrialCluster, clusterName, passwords } from "./trial-cluster.ts";
import { Writing } from "./writing.ts";

/** Longest time that a client may be unable to write while something planned is done, in milliseconds. */
export const plannedLimitMs = 3_000;

/** The same after a crash. */
export const crashLimitMs = 10_000;

/** A cluster on real nodes, and clients that write to it all the time. */
export class Observation {
    readonly cluster: TrialCluster;
    readonly #writing: Writing;
    readonly #folder: string;

    private constructor(cluster: TrialCluster, writing: Writing, folder: string) {
        this.cluster = cluster;
        this.#writing = writing;
        this.#folder = folder;
    }

    static async begin(containerVariables: Readonly<Record<string, string>> = {}): Promise<Observation> {
        const cluster = await TrialCluster.create(containerVariables);
        const folder = await mkdtemp(join(tmpdir(), "redis-"));
        const [resolverFile, authorityFile] = [join(folder, "resolv.conf"), join(folder, "ca.crt")];
        const { namespace } = cluster;
        // As the kubelet writes it for a pod.
        await writeFile(resolverFile, `nameserver ${dnsAddress}\nsearch ${namespace}.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n`);
        await writeFile(authorityFile, await cluster.authority());
        const settings = {
            host: `${clusterName}-sentinel.${namespace}.svc`,
            port: 26_379,
            primary: clusterName,
            password: passwords.application,
            authorityFile,
        };
        return new Observation(cluster, new Writing(settings, resolverFile), folder);
    }

    /** Acts while the clients write, waits until the cluster is whole again, and says what the clients saw. */
    async during(what: string, act: () => Promise<void>): Promise<Observed> {
        await this.#writing.begin();
        await act();
        await this.cluster.settled();
        const observed = await this.#writing.report();
        const { attempts, longestMs, failures, lost } = observed;
        console.log(
            `${what}: ${String(lost.length)} of ${String(attempts)} writes lost, none for ${String(longestMs)} ms, failures ${JSON.stringify(failures)}`,
        );
        return observed;
    }

    async end(): Promise<void> {
        await this.#writing.end();
        await this.cluster.remove();
        await rm(this.#folder, { recursive: true });
    }
}

import { execa } from "execa";

import { wordsOf } from "../../rollout/words.ts";
import type { Fleet } from "./fleet.ts";
import { podPorts } from "./listening.ts";
import { logOwn } from "./log.ts";
import { profiles } from "./profile.ts";

/** Place of the rules in the pods' network: before the one that makes all addresses local (network.ts). */
const priority = "50";

/**
 * Lets no connection be made to the users' port of pods that refuse. All pods share one listening socket, so the network itself says no: with "network is unreachable" in place of
 * "connection refused", which is one and the same to a gateway. Metrics can be read all the same.
 */
export class Refusals {
    readonly #fleet: Fleet;
    readonly #network: string;
    readonly #onRefused: (address: string) => void;
    #refusing: ReadonlySet<string> = new Set();
    #changing: Promise<void> | undefined;

    /**
     * @param network name of the pods' network namespace.
     * @param onRefused called with each address that begins to refuse: a process that listens no more has no connections either.
     */
    constructor(fleet: Fleet, network: string, onRefused: (address: string) => void) {
        this.#fleet = fleet;
        this.#network = network;
        this.#onRefused = onRefused;
    }

    /** Takes away what an earlier simulator left. */
    async begin(): Promise<void> {
        const { stdout } = await execa("ip", ["-n", this.#network, "rule", "show", "priority", priority]);
        const left = stdout.split("\n").filter((line) => line !== "");
        await this.#ip(left.map(() => `rule del priority ${priority}`));
    }

    /** Makes the network as the profiles of the pods have it now. Does nothing while an earlier change is under way: call it often. */
    follow(nowMs: number): void {
        const wanted = new Set(this.#fleet.pods.filter((pod) => profiles[pod.faultAt(nowMs).profile].refuses).map(({ facts }) => facts.address));
        const begins = [...wanted].filter((address) => !this.#refusing.has(address));
        const ends = [...this.#refusing].filter((address) => !wanted.has(address));
        if (this.#changing !== undefined || begins.length + ends.length === 0) {
            return;
        }
        this.#changing = this.#ip([...begins.map((address) => rule("add", address)), ...ends.map((address) => rule("del", address))]).then(
            () => {
                this.#refusing = wanted;
                this.#changing = undefined;
                begins.forEach(this.#onRefused);
            },
            (error: unknown) => {
                this.#changing = undefined;
                logOwn("error", `pods can't refuse: ${wordsOf(error)}`);
            },
        );
    }

    async #ip(lines: readonly string[]): Promise<void> {
        if (lines.length > 0) {
            await execa("ip", ["-n", this.#network, "-batch", "-"], { input: `${lines.join("\n")}\n` });
        }
    }
}

function rule(change: "add" | "del", address: string): string {
    return `rule ${change} priority ${priority} to ${address} ipproto tcp dport ${String(podPorts.http)} unreachable`;
}

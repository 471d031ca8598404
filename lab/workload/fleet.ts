import { EventEmitter } from "node:events";

import { type StartingFault, withSwitch } from "./faults.ts";
import type { PodFacts } from "./pod-facts.ts";
import type { ProfileName } from "./profile.ts";
import type { RevisionSettings } from "./revision-settings.ts";
import { SimulatedPod } from "./simulated-pod.ts";

/** What the fleet tells of: a pod came, its container stopped or started or got ready or not, its address belongs to it no more (and, perhaps, to an heir). */
interface FleetEvents {
    readonly arrived: [pod: SimulatedPod];
    readonly changed: [pod: SimulatedPod];
    readonly left: [pod: SimulatedPod];
    /** The lab's kubelet gave the address of a pod that lives to another one. */
    readonly displaced: [pod: SimulatedPod];
    /** All containers have lived on until that moment, in milliseconds since the epoch. */
    readonly stepped: [nowMs: number];
}

/** How often containers live on, in milliseconds. What happens to a request is exact; an exit or a start may be that late. */
const stepEveryMs = 50;

/** All pods that the simulator plays, by their addresses. */
export class Fleet extends EventEmitter<FleetEvents> {
    readonly #byUid = new Map<string, SimulatedPod>();
    readonly #byAddress = new Map<string, SimulatedPod>();
    readonly #switches = new Map<string, readonly StartingFault[]>();
    readonly #settings: (facts: PodFacts) => Promise<RevisionSettings | undefined>;
    readonly #starting = new Map<string, PodFacts>();
    #timer: NodeJS.Timeout | undefined;

    /** @param settings reads what a pod's revision is set to. Undefined where the pod is gone before that is known. */
    constructor(settings: (facts: PodFacts) => Promise<RevisionSettings | undefined>) {
        super();
        // Each connection to an address without a pod waits for one to arrive.
        this.setMaxListeners(0);
        this.#settings = settings;
    }

    /** Lets containers live on from now. */
    start(): void {
        this.#timer = setInterval(() => {
            this.step(Date.now());
        }, stepEveryMs);
    }

    stop(): void {
        clearInterval(this.#timer);
    }

    get pods(): readonly SimulatedPod[] {
        return [...this.#byUid.values()];
    }

    /** The pod that has an address now. */
    at(address: string): SimulatedPod | undefined {
        return this.#byAddress.get(address);
    }

    /**
     * Whether another pod of the same revision has a pod's address now. The lab's kubelet gives an address away at once, and no cluster's network does: what
     * was open to the pod goes on with its heir, as if it drained.
     */
    hasHeir(pod: SimulatedPod): boolean {
        const heir = this.at(pod.facts.address);
        return heir !== undefined && heir !== pod && keyOf(heir.facts) === keyOf(pod.facts);
    }

    /** The pod that has an address, or gets it within `withinMs`: a proxy may hear of a new pod a moment before the simulator does. */
    async awaitedAt(address: string, withinMs: number): Promise<SimulatedPod | undefined> {
        const known = this.at(address);
        if (known !== undefined) {
            return known;
        }
        const { promise, resolve } = Promise.withResolvers<SimulatedPod | undefined>();
        const onArrival = (pod: SimulatedPod): void => {
            if (pod.facts.address === address) {
                resolve(pod);
            }
        };
        const timer = setTimeout(resolve, withinMs, undefined);
        this.on("arrived", onArrival);
        try {
            return await promise;
        } finally {
            clearTimeout(timer);
            this.off("arrived", onArrival);
        }
    }

    /** A pod is there, or has changed. */
    async seen(facts: PodFacts): Promise<void> {
        const known = this.#byUid.get(facts.uid);
        if (known !== undefined) {
            known.update(facts, Date.now());
            return;
        }
        const starting = this.#starting.has(facts.uid);
        this.#starting.set(facts.uid, facts);
        if (starting) {
            return;
        }
        const settings = await this.#settings(facts);
        const latest = this.#starting.get(facts.uid);
        this.#starting.delete(facts.uid);
        if (settings === undefined || latest === undefined) {
            return;
        }
        const revision = keyOf(facts);
        this.#arrive(new SimulatedPod(latest, settings, () => this.#switches.get(revision) ?? [], Date.now()));
    }

    /** A pod's object is gone. */
    gone(facts: PodFacts): void {
        this.#starting.delete(facts.uid);
        this.#byUid.get(facts.uid)?.deleted(facts, Date.now());
    }

    /** Switches the profile of a revision. Returns when it starts, in milliseconds since the epoch. */
    switch(wanted: { service: string; revision: string; profile: ProfileName; at?: number | undefined; leakFactor?: number | undefined }): number {
        const nowMs = Date.now();
        const startsAtMs = Math.max(nowMs, wanted.at ?? nowMs);
        const key = keyOf(wanted);
        this.#switches.set(key, withSwitch(this.#switches.get(key) ?? [], { profile: wanted.profile, leakFactor: wanted.leakFactor, startsAtMs }, nowMs));
        // A crash begins at that moment, not at the next step after it.
        setTimeout(() => {
            this.step(Date.now());
        }, startsAtMs - nowMs);
        return startsAtMs;
    }

    /** Lets all containers live on until `nowMs`. */
    step(nowMs: number): void {
        for (const pod of this.pods) {
            if (pod.isOver(nowMs)) {
                this.#leave(pod);
            } else if (pod.step(nowMs)) {
                this.emit("changed", pod);
            }
        }
        this.emit("stepped", nowMs);
    }

    #arrive(pod: SimulatedPod): void {
        const { address, uid } = pod.facts;
        const before = this.#byAddress.get(address);
        this.#byUid.set(uid, pod);
        this.#byAddress.set(address, pod);
        if (before !== undefined) {
            // The address of a pod that still drains was given away; or, when pods end many at once, of one that lives.
            this.#leave(before);
            if (!before.draining) {
                this.emit("displaced", before);
            }
        }
        this.emit("arrived", pod);
    }

    #leave(pod: SimulatedPod): void {
        this.#byUid.delete(pod.facts.uid);
        if (this.#byAddress.get(pod.facts.address) === pod) {
            this.#byAddress.delete(pod.facts.address);
        }
        this.emit("left", pod);
        // A switch ends with the last pod of its revision, so that it does not wait for a later revision of the same name.
        const key = keyOf(pod.facts);
        if (!this.pods.some(({ facts }) => keyOf(facts) === key)) {
            this.#switches.delete(key);
        }
    }
}

function keyOf({ service, revision }: { readonly service: string; readonly revision: string }): string {
    return `${service} ${revision}`;
}

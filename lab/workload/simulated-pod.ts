import { type ActiveFault, type StartingFault, activeFault } from "./faults.ts";
import { type Life, newLife, nextLife } from "./life.ts";
import type { PodFacts } from "./pod-facts.ts";
import { PodProcess } from "./pod-process.ts";
import { profiles } from "./profile.ts";
import type { RevisionSettings } from "./revision-settings.ts";

/** A pod that the simulator plays: what the API server says of it, how its container lives, and its present process. */
export class SimulatedPod {
    readonly settings: RevisionSettings;
    readonly #switches: () => readonly StartingFault[];
    #facts: PodFacts;
    #life: Life;
    #process: PodProcess | undefined;
    #drainsUntilMs: number | undefined;
    #gone = false;

    /** @param switches switches by hand of the pod's revision, asked each time. */
    constructor(facts: PodFacts, settings: RevisionSettings, switches: () => readonly StartingFault[], nowMs: number) {
        this.#facts = facts;
        this.settings = settings;
        this.#switches = switches;
        this.#life = newLife(nowMs, facts.restarts);
        this.#process = this.#newProcess(nowMs);
    }

    get facts(): PodFacts {
        return this.#facts;
    }

    get life(): Life {
        return this.#life;
    }

    /** The process that runs now; undefined while the container waits for its next start. */
    get process(): PodProcess | undefined {
        return this.#process;
    }

    get ready(): boolean {
        return this.#life.kind === "running" && this.#life.ready;
    }

    /** The profile that counts at a moment. */
    faultAt(nowMs: number): ActiveFault {
        return activeFault(this.settings, this.#switches(), this.#facts.startedAtMs, nowMs);
    }

    /** Takes over what the API server says now. */
    update(facts: PodFacts, nowMs: number): void {
        this.#facts = facts;
        if (facts.deletion === "graceful") {
            this.#drainsUntilMs ??= nowMs + facts.drainMs;
        }
    }

    /** The pod's object is gone. The lab's kubelet removes it without waiting for the drain, so the simulator waits for it. */
    deleted(facts: PodFacts, nowMs: number): void {
        this.#gone = true;
        this.#drainsUntilMs ??= facts.deletion === "by-force" ? nowMs : nowMs + facts.drainMs;
    }

    /** Whether the pod's end was decided. */
    get draining(): boolean {
        return this.#drainsUntilMs !== undefined;
    }

    /** Whether nothing is left of the pod: no object, and its drain is over. */
    isOver(nowMs: number): boolean {
        return this.#gone && nowMs >= (this.#drainsUntilMs ?? 0);
    }

    /** Lets the container live on until `nowMs`. Returns whether anything changed that others see: an exit, a start, readiness. */
    step(nowMs: number): boolean {
        const before = this.#life;
        this.#life = nextLife(before, this.faultAt(nowMs), this.#facts.memoryLimitBytes, nowMs);
        if (this.#life.kind === "backing-off") {
            this.#process = undefined;
        } else if (before.kind === "backing-off") {
            this.#process = this.#newProcess(nowMs);
        }
        return before.kind !== this.#life.kind || (before.kind === "running" && this.#life.kind === "running" && before.ready !== this.#life.ready);
    }

    #newProcess(startedAtMs: number): PodProcess {
        return new PodProcess(this.#facts.version, startedAtMs, this.settings.telemetry, {
            leakedBytes: () => (this.#life.kind === "running" ? this.#life.leakedBytes : 0),
            poolExhausted: () => profiles[this.faultAt(Date.now()).profile].databaseConnectionErrorRatio > 0,
        });
    }
}

import { describe, expect, it } from "vitest";

import type { Verdict } from "../../../../rollout/gate/verdict.ts";
import type { WatcherEvent } from "../../../../rollout/watch/watcher/event.ts";
import { advance, seesAll } from "../../../../rollout/watch/watcher/machine.ts";
import { absenceBetween } from "../../../../rollout/watch/watcher/moment.ts";
import { type WatcherState, newWatcher } from "../../../../rollout/watch/watcher/state.ts";
import { judgement, underWay } from "../live/watcher-world.ts";
import { evidence } from "../../ledger/arbitraries.ts";

const settings = { everyMs: 5_000, timesAt: () => ({ soakSeconds: 60, holdSeconds: 600, blindSeconds: 300 }) };
const sight = { kind: "sees", pods: 1, of: 1, gateway: true } as const;
const failed: WatcherEvent = { kind: "attempted", outcome: { kind: "failed", reason: "connection refused", refused: false } };
const seen = { ...evidence, candidate: evidence.stable };

/** A machine that is told one thing after another. */
class Machine {
    state: WatcherState = newWatcher;
    seconds = 0;

    /** @returns the kinds of its commands. */
    hear(event: WatcherEvent, afterSeconds = 1): readonly string[] {
        this.seconds += afterSeconds;
        const turn = advance(this.state, { ...event, at: { monotonicSeconds: this.seconds, wallSeconds: this.seconds } }, settings);
        this.state = turn.state;
        return turn.commands.map((command) => (command.kind === "end" ? `end: ${command.end.kind}` : command.kind));
    }

    /** A whole look. */
    look(gate: Verdict, atOnce: Verdict = "pass", soakedSeconds = 100): readonly string[] {
        this.hear({ kind: "read", look: this.state.look, reading: underWay(10, soakedSeconds), alarm: sight });
        return this.examined(this.state.look, gate, atOnce);
    }

    examined(look: number, gate: Verdict, atOnce: Verdict = "pass"): readonly string[] {
        return this.hear({ kind: "examined", look, examination: { evidence: seen, gate: judgement(gate), atOnce: judgement(atOnce) }, alarm: sight });
    }

    alarm(number = this.state.alarm): readonly string[] {
        return this.hear({ kind: "alarm", alarm: number, reason: "6 of 8 requests failed" });
    }
}

describe("the machine of a watcher", () => {
    it("hears an answer only where it belongs to the newest look, and an alarm only where it is the newest", () => {
        const machine = new Machine();
        machine.look("hold");
        const { look, alarm } = machine.state;
        machine.look("hold");
        expect([machine.examined(look, "pass", "rollback"), machine.alarm(alarm - 1)]).toEqual([[], []]);
    });

    it("hears nothing of a look any more when an alarm has decided, and nothing of an alarm when a look has", () => {
        const alarmed = new Machine();
        alarmed.look("hold");
        alarmed.hear({ kind: "read", look: alarmed.state.look, reading: underWay(10, 100), alarm: sight });
        const { look } = alarmed.state;
        expect(alarmed.alarm()).toContain("roll-back");
        expect([alarmed.examined(look, "pass"), alarmed.examined(look, "hold", "rollback")]).toEqual([[], []]);
        const looked = new Machine();
        expect(looked.look("hold", "rollback")).toContain("roll-back");
        expect(looked.alarm()).toEqual([]);
    });

    it("hears nothing after its end", () => {
        const machine = new Machine();
        machine.look("hold");
        expect(machine.hear({ kind: "stop" })).toEqual(["end: stopped"]);
        expect([machine.alarm(), machine.hear({ kind: "stop" }), machine.hear({ kind: "lease", lease: { kind: "held" } }), machine.look("pass")]).toEqual([
            [],
            [],
            [],
            [],
        ]);
    });

    it("never calls a step ready after an alarm, whatever looks decide in between", () => {
        const machine = new Machine();
        machine.look("pass", "pass", 10);
        machine.alarm();
        machine.hear(failed, 12);
        expect(machine.look("hold", "rollback")).toContain("roll-back");
        machine.hear(failed, 12);
        const ends = Array.from({ length: 20 }, () => machine.look("pass")).flat();
        expect(ends.filter((command) => command.startsWith("end"))).toEqual(["end: failed"]);
    });

    it("does not forget an alarm that comes while a rollback for another reason is under way", () => {
        const machine = new Machine();
        machine.look("hold", "rollback");
        expect(machine.alarm()).toEqual([]);
        machine.hear(failed, 12);
        const ends = Array.from({ length: 20 }, () => machine.look("pass")).flat();
        expect(ends.filter((command) => command.startsWith("end"))).toEqual(["end: failed"]);
    });

    it("tries a fresh decision again, and asks route, evidence and a new alarm again before it acts on an old one", () => {
        const machine = new Machine();
        machine.look("hold");
        machine.alarm();
        expect(machine.hear(failed)).toContain("retry-later");
        expect(machine.hear({ kind: "retry" })).toContain("roll-back");
        const later = machine.hear(failed, 12);
        expect(later).toEqual(expect.arrayContaining(["guard", "look"]));
        expect(later).not.toContain("roll-back");
    });

    it("asks again after each failed attempt where time decided: what kept it from seeing kept it from rolling back, and may be over", () => {
        const machine = new Machine();
        machine.look("hold");
        const blind = () =>
            machine.hear({ kind: "read", look: machine.state.look, reading: { kind: "unknown", reason: "connection refused" }, alarm: sight }, 5);
        let commands: readonly string[] = [];
        for (let looks = 0; looks < 70 && !commands.includes("roll-back"); looks += 1) {
            commands = blind();
        }
        expect(commands).toContain("roll-back");
        const afterFailure = machine.hear(failed, 0.1);
        expect(afterFailure).toContain("look");
        expect(afterFailure).not.toContain("retry-later");
        expect(machine.look("hold")).not.toContain("roll-back");
    });

    it("asks again where its computer slept between two attempts", () => {
        const machine = new Machine();
        machine.look("hold");
        machine.alarm();
        machine.hear(failed);
        const afterSleep = machine.hear({ kind: "retry" }, 8 * 3_600);
        expect(afterSleep).toContain("look");
        expect(afterSleep).not.toContain("roll-back");
    });

    it("knows whether it sees", () => {
        const machine = new Machine();
        expect(seesAll(machine.state)).toBeUndefined();
        machine.look("hold");
        expect(seesAll(machine.state)).toBe(true);
        machine.hear({ kind: "read", look: machine.state.look, reading: { kind: "unknown", reason: "connection refused" } });
        expect(seesAll(machine.state)).toBe(false);
    });
});

describe("the time that a watcher was not there", () => {
    it.each([
        { what: "an ordinary pause", monotonic: 5, wall: 5, absent: 0 },
        { what: "a pause longer than a watcher that is there makes", monotonic: 100, wall: 100, absent: 100 },
        { what: "a sleep that the monotonic clock does not count", monotonic: 1, wall: 30, absent: 30 },
        { what: "a sleep that both clocks count", monotonic: 3_600, wall: 3_600, absent: 3_600 },
        { what: "a wall clock that was set back", monotonic: 5, wall: -3_600, absent: 0 },
        { what: "a wall clock that is corrected a little", monotonic: 5, wall: 7, absent: 0 },
    ])("is $absent s for $what", ({ monotonic, wall, absent }) => {
        const start = { monotonicSeconds: 50, wallSeconds: 1_000_000 };
        expect(absenceBetween(start, { monotonicSeconds: 50 + monotonic, wallSeconds: 1_000_000 + wall }, 75)).toBe(absent);
    });
});

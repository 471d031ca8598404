import { type DetectorState, detect, nothingCounted } from "../../rollout/watch/sequential.ts";
import { Chance } from "./random.ts";

/** Readings a second, every 175 ms as the alarm takes them, and requests of the candidate a second: 25 % of 100. */
const pace = { readings: 1_000 / 175, requests: 25 };

/**
 * Whether the detector raises an alarm although nothing changes: `requests` of which `ratio` fail, each by itself.
 *
 * It is read at every request that fails and before it: nothing can happen in between, and more readings are never calmer.
 */
export function falseAlarm(seed: string, ratio: number, requests: number): boolean {
    const chance = new Chance(seed);
    let state: DetectorState = nothingCounted;
    for (let past = 0; ;) {
        const gap = chance.geometric(ratio);
        past += gap;
        if (past > requests) {
            return false;
        }
        state = detect(state, { total: gap - 1, failed: 0, timed: 0, slow: 0 }).state;
        const failed = detect(state, { total: 1, failed: 1, timed: 0, slow: 0 });
        if (failed.alarm.kind === "rollback") {
            return true;
        }
        state = failed.state;
    }
}

/** What a fault costs until the alarm. */
export interface Detection {
    readonly requests: number;
    readonly failed: number;
    readonly seconds: number;
}

/**
 * Requests from the beginning of a fault until the alarm, after an hour of healthy ones, read as the watcher does. Undefined where the alarm came before
 * the fault.
 */
export function detection(seed: string, faultRatio: number): Detection | undefined {
    const chance = new Chance(seed);
    let state: DetectorState = nothingCounted;
    const read = (ratio: number) => {
        const total = chance.poisson(pace.requests / pace.readings);
        const failed = Array.from({ length: total }, () => chance.uniform() < ratio).filter(Boolean).length;
        const found = detect(state, { total, failed, timed: 0, slow: 0 });
        state = found.state;
        return { total, failed, alarm: found.alarm.kind === "rollback" };
    };
    for (let reading = 0; reading < 3_600 * pace.readings; reading += 1) {
        if (read(0.0005).alarm) {
            return undefined;
        }
    }
    for (let [requests, failed, readings] = [0, 0, 0]; ;) {
        const counted = read(faultRatio);
        requests += counted.total;
        failed += counted.failed;
        readings += 1;
        if (counted.alarm) {
            return { requests, failed, seconds: readings / pace.readings };
        }
    }
}

/** Whether a burst at start-up raises an alarm: the first `failures` requests fail within one reading, and 5 minutes of healthy ones follow. */
export function burstAlarm(seed: string, failures: number): boolean {
    const chance = new Chance(seed);
    let { state, alarm } = detect(nothingCounted, { total: failures, failed: failures, timed: 0, slow: 0 });
    for (let reading = 0; reading < 300 * pace.readings && alarm.kind === "continue"; reading += 1) {
        const total = chance.poisson(pace.requests / pace.readings);
        const failed = Array.from({ length: total }, () => chance.uniform() < 0.0005).filter(Boolean).length;
        ({ state, alarm } = detect(state, { total, failed, timed: 0, slow: 0 }));
    }
    return alarm.kind === "rollback";
}

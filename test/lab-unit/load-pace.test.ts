import { describe, expect, it } from "vitest";

import { type Pace, firstPace, isMachineTheLimit, paceAfter } from "../../lab/load/pace.ts";

/** A machine whose processors are full at so many requests a second, and that answers no more than those. */
function machine(bears: number) {
    return ({ rate }: Pace) => ({ due: rate * 5, unanswered: Math.max(0, rate - bears) * 5, busy: Math.min(1, rate / bears) });
}

function settled(look: ReturnType<typeof machine>): Pace {
    let pace = firstPace;
    for (let looks = 0; looks < 20; looks += 1) {
        pace = paceAfter(pace, look(pace));
    }
    return pace;
}

describe("the pace of users", () => {
    it.each([
        { what: "a fast machine", bears: 5_000, from: 500, to: 500 },
        { what: "a machine that bears less", bears: 200, from: 60, to: 200 },
        { what: "a slow machine", bears: 40, from: 10, to: 40 },
        { what: "a machine that bears nothing", bears: 1, from: 10, to: 10 },
    ])("becomes what a machine bears: $what", ({ bears, from, to }) => {
        const { rate } = settled(machine(bears));
        expect(rate).toBeGreaterThanOrEqual(from);
        expect(rate).toBeLessThanOrEqual(to);
    });

    it("goes on at the same rate where the service fails and the processors are idle", () => {
        const hanging = { due: 2_500, unanswered: 2_400, busy: 0.3 };
        expect(isMachineTheLimit(hanging)).toBe(false);
        expect(paceAfter({ rate: 500, most: 500 }, hanging)).toEqual({ rate: 500, most: 500 });
    });

    it("is the machine's fault where the processors are full and requests stay unanswered", () => {
        expect(isMachineTheLimit({ due: 2_500, unanswered: 2_400, busy: 0.99 })).toBe(true);
        expect(isMachineTheLimit({ due: 2_500, unanswered: 3, busy: 0.99 })).toBe(false);
    });

    it("never rises again after it was too much", () => {
        const less = paceAfter({ rate: 500, most: 500 }, { due: 2_500, unanswered: 2_000, busy: 1 });
        expect(paceAfter(less, { due: 1_250, unanswered: 0, busy: 0.2 })).toEqual(less);
    });
});

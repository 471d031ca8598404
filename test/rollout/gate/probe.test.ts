import { describe, expect, it } from "vitest";

import type { Criterion } from "../../../rollout/gate/criterion.ts";
import { type Probe, probeProblems, writes, writesFor } from "../../../rollout/gate/probe.ts";

const asking = (probe: string): Criterion => ({
    id: "probe",
    title: "the probe passes",
    subject: "candidate",
    measure: { kind: "probe", probe },
    onBreach: "hold",
    source: "the plan",
});
const http = (change: object = {}): Probe => ({ kind: "http", path: "/cart", expect: {}, ...change });
const fn = (module: string): Probe => ({ kind: "function", module });

describe("the probes of a profile", () => {
    it("are well when each is whole, and criteria ask for no other", () => {
        expect(
            probeProblems({ cart: http(), "add-item": http({ method: "POST", json: { item: 1 } }), pay: fn("probes/pay.ts") }, [asking("cart"), asking("pay")]),
        ).toEqual([]);
    });

    it.each<{ readonly what: string; readonly probe: Probe; readonly problem: RegExp }>([
        { what: "a whole URL", probe: http({ path: "https://shop.example.com/cart" }), problem: /probes\.cart\.path: must be a path from the root/ },
        { what: "a path with a space", probe: http({ path: "/a cart" }), problem: /probes\.cart\.path/ },
        { what: "a status that there is not", probe: http({ expect: { status: 99 } }), problem: /probes\.cart\.expect\.status/ },
        { what: "a body on a GET", probe: http({ json: {} }), problem: /probes\.cart\.json: is sent with POST/ },
        { what: "a pointer that is none", probe: http({ expect: { json: { "items.0": 1 } } }), problem: /probes\.cart\.expect\.json.*JSON pointer/s },
        { what: "a key that it does not know", probe: http({ expects: {} }), problem: /probes\.cart: Unrecognized key/ },
        { what: "an absolute module", probe: fn("/srv/probe.ts"), problem: /probes\.cart\.module: must be a \.ts or \.js file in the program's folder/ },
        { what: "a module outside the program", probe: fn("../other/probe.ts"), problem: /probes\.cart\.module/ },
        { what: "a module by its package's name", probe: fn("probes"), problem: /probes\.cart\.module/ },
    ])("are refused with $what, by key and fix", ({ probe, problem }) => {
        expect(probeProblems({ cart: probe }, []).join("\n")).toMatch(problem);
    });

    it("are refused with a name that is no word", () => {
        expect(probeProblems({ "The cart": http() }, []).join("\n")).toMatch(/probes\.The cart: is no word of lower-case letters/);
    });

    it("are refused where a criterion asks for one that is not there, and says which are", () => {
        expect(probeProblems({ cart: http(), pay: http() }, [asking("checkout"), asking("checkout")])).toEqual([
            "criteria ask for the probe 'checkout', which probes does not have (cart, pay); add it, or correct the name",
        ]);
        expect(probeProblems({}, [asking("cart")]).join()).toMatch(/\(it has none\)/);
    });
});

describe("whether a probe writes", () => {
    it.each<readonly [Probe, boolean]>([
        [http(), false],
        [http({ method: "HEAD" }), false],
        [http({ method: "POST" }), true],
        [http({ method: "DELETE" }), true],
        [http({ method: "POST", writes: false }), false],
        [http({ writes: true }), true],
        [fn("a.ts"), false],
        [{ ...fn("a.ts"), writes: true }, true],
    ])("%j: %s", (probe, expected) => {
        expect(writes(probe)).toBe(expected);
    });

    it("is taken for granted of one that is not known, and of no other measure", () => {
        expect(writesFor({}, asking("cart"))).toBe(true);
        expect(writesFor({ cart: http() }, asking("cart"))).toBe(false);
        expect(writesFor({}, { measure: { kind: "autoscaling" } })).toBe(false);
    });
});

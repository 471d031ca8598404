import { describe, expect, it } from "vitest";

import { labLayout } from "../../lab/api.ts";
import { services, servicesOf } from "../../lab/services/index.ts";
import { newLabState, nodeKinds, portNames, portsSchema } from "../../lab/state.ts";
import { toolFolder } from "../../lab/toolchain/paths.ts";
import { tools } from "../../lab/toolchain/recipes.ts";
import { labTools, testTools } from "../../lab/tools.ts";

const ports = portsSchema.parse(Object.fromEntries(portNames.map((name, index) => [name, 20_000 + index])));

describe("the tools of a lab", () => {
    it.each(nodeKinds)("are all that the processes of a lab with %s nodes run", (nodes) => {
        const state = newLabState(ports, { kind: "built", path: "/pulumi", reason: "" }, { nodes, enforcesPolicies: false });
        const wanted = labTools(state, "built");
        const lab = { layout: labLayout(), state };
        const run = servicesOf(nodes).map((name) => services[name].command(lab).file);
        const needed = tools.filter((tool) => run.some((file) => file.startsWith(`${toolFolder(tool)}/`)));

        expect(needed.length).toBeGreaterThan(8);
        expect(needed.filter((tool) => !wanted.includes(tool))).toEqual([]);
    });

    it("are not those of other nodes, of tests, or of policies that nobody enforces", () => {
        const simulated = labTools({ nodes: "simulated", enforcesPolicies: false }, "built");
        const real = labTools({ nodes: "real", enforcesPolicies: false }, "built");
        expect(simulated).not.toContain("kubelet");
        expect(real).not.toContain("kwok");
        for (const tool of ["promtool", "prometheus-2", "amtool", "actionlint", "kube-router", "envoy-gateway"] as const) {
            expect([...simulated, ...real]).not.toContain(tool);
        }
        expect(labTools({ nodes: "real", enforcesPolicies: true }, "built")).toContain("kube-router");
    });

    it("have no Pulumi where the machine has one", () => {
        expect(labTools({ nodes: "simulated", enforcesPolicies: false }, "installed")).not.toContain("pulumi");
    });

    it("are among those that are made before tests run", () => {
        const both = nodeKinds.flatMap((nodes) => labTools({ nodes, enforcesPolicies: false }, "built"));
        expect(both.filter((tool) => !testTools.includes(tool))).toEqual([]);
    });
});

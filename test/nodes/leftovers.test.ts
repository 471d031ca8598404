import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";

import { labHealth, labLayout, startLab, stopLab } from "../../lab/api.ts";
import { isRunning } from "../../lab/process.ts";
import { machineNow } from "./machine.ts";

/** Another checkout, with a lab of its own beside the one that the other tests use. */
const checkout = mkdtempSync(join(tmpdir(), "nova-checkout-"));
for (const name of ["Pulumi.yaml", "Pulumi.lab.yaml", "package.json", "lab", "rollout", "node_modules"]) {
    symlinkSync(join(labLayout().checkout, name), join(checkout, name));
}
const layout = labLayout(checkout);

afterAll(async () => {
    await stopLab({ layout, purge: true });
    rmSync(checkout, { recursive: true });
});

async function unhealthy(of = layout): Promise<readonly string[]> {
    const health = (await labHealth(of)) ?? new Map<never, never>();
    return [...health].filter(([, { kind }]) => kind !== "healthy").map(([name]) => name);
}

describe("a second lab with real nodes, beside the one of this checkout", () => {
    it("comes up, is brought up again after all of it was killed, and leaves nothing of itself on the machine", async () => {
        const before = await machineNow(checkout);
        const { nodes, processes } = await startLab({ layout, nodes: "real" });
        expect(nodes).toBe("real");
        expect(await unhealthy()).toEqual([]);
        expect(await unhealthy(labLayout())).toEqual([]);

        for (const { pid } of Object.values(processes)) {
            process.kill(-pid, "SIGKILL");
        }
        await vi.waitUntil(() => !Object.values(processes).some(isRunning), 30_000);
        await startLab({ layout });
        expect(await unhealthy()).toEqual([]);

        await stopLab({ layout });
        expect(await machineNow(checkout)).toEqual(before);
        expect(await unhealthy(labLayout())).toEqual([]);
    });

    it("is refused where a lab with other nodes runs, with what to do", async () => {
        await expect(startLab({ nodes: "simulated" })).rejects.toThrow("run 'make lab-down' first");
    });
});

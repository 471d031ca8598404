import { execa } from "execa";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { toolPath } from "../../../lab/toolchain/paths.ts";
import { alertsOf } from "../../../observability/catalogue.ts";
import { documented as example } from "../../../config/observability-pages.ts";
import { alertLabels } from "../../../observability/render.ts";
import { alertmanagerFile, receiverInFile } from "../../../observability/routing/file.ts";
import { receivers } from "../../../observability/routing/receivers.ts";
import { alertRouting } from "../../../observability/routing/routing.ts";
import type { Alert } from "../../../observability/rule.ts";

const owner = { namespace: example.namespace, name: example.service };
const alerts = alertsOf(example);
const file = alertmanagerFile(owner, alertRouting(example, alerts), receivers({ name: "video-ranking-receivers", channel: "#ranking-alerts" }));

let path = "";

beforeAll(async () => {
    path = join(await mkdtemp(join(tmpdir(), "nova-routes-")), "alertmanager.yaml");
    await writeFile(path, file);
});

afterAll(async () => {
    await rm(join(path, ".."), { recursive: true, force: true });
});

/** Who hears of an alert with these labels, by amtool. */
async function receiversOf(labels: Readonly<Record<string, string>>): Promise<string> {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const { stdout } = await execa(toolPath("amtool"), ["config", "routes", "test", `--config.file=${path}`, ...pairs]);
    return stdout.trim();
}

/** Who should hear of it. */
function expected({ name, severity }: Alert): "pager" | "tickets" | "dead-mans-switch" | "nobody" {
    return name === "Watchdog" ? "dead-mans-switch" : severity === "critical" ? "pager" : severity === "info" ? "nobody" : "tickets";
}

describe("amtool", () => {
    it("takes the file", async () => {
        const { stdout } = await execa(toolPath("amtool"), ["check-config", path]);
        expect(stdout).toContain("5 receivers");
    });

    it.each(alerts.map((alert) => ({ alert: alert.name, to: expected(alert), labels: { ...alertLabels(example, alert), alertname: alert.name } })))(
        "sends $alert to $to",
        async ({ labels, to }) => {
            expect(await receiversOf(labels)).toBe(receiverInFile(owner, to));
        },
    );

    it.each([
        {
            what: "a critical alert of a team that nobody knows",
            labels: { severity: "critical", team: "unknown", namespace: example.namespace },
            to: receiverInFile(owner, "pager"),
        },
        { what: "an alert without a severity", labels: { alertname: "Odd", namespace: example.namespace }, to: receiverInFile(owner, "tickets") },
        { what: "another namespace's alert", labels: { severity: "critical", team: example.team, namespace: "elsewhere" }, to: "platform" },
        { what: "an alert that lost its namespace", labels: { severity: "critical", team: example.team }, to: "platform" },
    ])("sends $what to $to", async ({ labels, to }) => {
        expect(await receiversOf(labels)).toBe(to);
    });
});

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { Gauge, Registry } from "prom-client";

import type { Schedule } from "../../plan/schedule.ts";
import { soakSecondsAt } from "../../plan/schedule.ts";
import { requestsOf } from "../../gate/evidence.ts";
import type { WatchEnd, WatchStatus } from "./watcher.ts";

/** The watcher's own metrics, as docs/service-contract.md defines them: what the alerts on a rollout read. */
export class WatcherMetrics {
    readonly #registry = new Registry();
    readonly #schedule: Schedule;
    readonly #info: Gauge<"stable" | "candidate">;
    readonly #verdict: Gauge<"verdict">;
    readonly #gauges: Readonly<Record<GaugeName, Gauge>>;

    constructor(schedule: Schedule) {
        this.#schedule = schedule;
        const registers = [this.#registry];
        this.#info = new Gauge({ name: "rollout_info", help: "Names of the two revisions", labelNames: ["stable", "candidate"], registers });
        this.#verdict = new Gauge({ name: "rollout_verdict", help: "1 for the verdict of the latest look", labelNames: ["verdict"], registers });
        const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
        this.#gauges = {
            weight: gauge("rollout_step_weight_percent", "Weight of the candidate on the live route"),
            share: gauge("rollout_observed_share_ratio", "Share of user requests that reached the candidate"),
            soak: gauge("rollout_soak_seconds", "How long the step has lasted"),
            soakRequired: gauge("rollout_soak_required_seconds", "How long the step must last"),
            hold: gauge("rollout_hold_seconds", "How long the gate has held after the soak"),
            holdLimit: gauge("rollout_hold_limit_seconds", "How long it may hold before the watcher rolls back"),
            blind: gauge("rollout_blind_seconds", "How long the watcher has seen nothing"),
            blindLimit: gauge("rollout_blind_limit_seconds", "How long it may see nothing before the watcher rolls back"),
            alarmBlind: gauge("rollout_alarm_blind_seconds", "How long the alarm has read nothing, neither a pod nor the gateway's statistics"),
            rollbackFailed: gauge("rollout_rollback_failed", "1 when a rollback was decided and could not be done"),
            approvalsMissing: gauge("rollout_approvals_missing", "Approvals that the next step still needs"),
            ledgerValid: gauge("rollout_ledger_valid", "1 when the ledger is intact"),
            statusUpdate: gauge("rollout_status_update_timestamp_seconds", "When people last heard how it stands"),
            heartbeat: gauge("rollout_watch_heartbeat_timestamp_seconds", "When the latest look ended"),
        };
        this.#gauges.holdLimit.set(schedule.limits.holdMinutes * 60);
        this.#gauges.blindLimit.set(schedule.limits.blindMinutes * 60);
        this.#gauges.share.set(Number.NaN);
        this.#gauges.statusUpdate.set(0);
        this.#showVerdict("hold");
        this.#info.set({ stable: "none", candidate: "none" }, 1);
    }

    /** Takes over what a look found. A watcher that stands by says nothing: its word would count beside that of the one that watches. */
    look({ step, decision, examination, alarm }: WatchStatus, nowSeconds: number): void {
        const { limits } = this.#schedule;
        if (decision.kind === "standing-by") {
            // What it said while it was the one that watches must not go on to call for help.
            for (const gauge of ["hold", "blind", "alarmBlind"] as const) {
                this.#gauges[gauge].set(0);
            }
            return;
        }
        if (step !== undefined) {
            this.#info.reset();
            this.#info.set({ stable: step.stable.name, candidate: step.candidate.name }, 1);
            this.#gauges.weight.set(step.weightPercent);
            this.#gauges.soak.set(step.soakedSeconds);
            this.#gauges.soakRequired.set(soakSecondsAt(this.#schedule, step.weightPercent));
        }
        this.#gauges.share.set(examination === undefined ? Number.NaN : shareIn(examination.evidence));
        const worst = [examination?.atOnce.verdict ?? "hold", examination?.gate.verdict ?? "hold"];
        this.#showVerdict(
            decision.kind === "roll-back" || worst.includes("rollback") ? "rollback" : worst.every((verdict) => verdict === "pass") ? "pass" : "hold",
        );
        this.#gauges.hold.set(decision.kind === "holding" ? limits.holdMinutes * 60 - decision.secondsLeft : 0);
        this.#gauges.blind.set(decision.kind === "blind" ? limits.blindMinutes * 60 - decision.secondsLeft : 0);
        this.#gauges.alarmBlind.set(alarm?.kind === "blind" ? alarm.sinceSeconds : 0);
        if (decision.kind !== "roll-back") {
            this.#gauges.rollbackFailed.set(0);
        }
        this.#gauges.heartbeat.set(nowSeconds);
    }

    /** Takes the end of a watch. Whatever ended it, the watcher was there until now. */
    ended(end: WatchEnd, nowSeconds: number): void {
        switch (end.kind) {
            case "nothing":
            case "rolled-back":
                this.idle(nowSeconds);
                break;
            case "failed":
                this.#gauges.rollbackFailed.set(end.rollbackDue ? 1 : 0);
                this.#showVerdict(end.rollbackDue ? "rollback" : "hold");
                this.#gauges.heartbeat.set(nowSeconds);
                break;
            case "ready":
            case "stopped":
                break;
        }
    }

    /** Says that there is nothing to watch: no candidate has traffic. The watcher is there all the same. */
    idle(nowSeconds: number): void {
        for (const gauge of ["weight", "soak", "soakRequired", "hold", "blind", "alarmBlind", "rollbackFailed", "approvalsMissing"] as const) {
            this.#gauges[gauge].set(0);
        }
        this.#gauges.share.set(Number.NaN);
        this.#showVerdict("hold");
        this.#gauges.heartbeat.set(nowSeconds);
    }

    /** Says how many approvals the next step still needs. */
    approvalsMissing(count: number): void {
        this.#gauges.approvalsMissing.set(count);
    }

    /** Says whether the ledger is intact. */
    ledger(intact: boolean): void {
        this.#gauges.ledgerValid.set(intact ? 1 : 0);
    }

    /** Says when people last heard how it stands. */
    statusUpdate(atSeconds: number): void {
        this.#gauges.statusUpdate.set(atSeconds);
    }

    /** All metrics in Prometheus' text format. */
    async text(): Promise<string> {
        return this.#registry.metrics();
    }

    /** Shows them under `/metrics`, and an answer under `/healthz` for the probes. Returns the port and a stop function. */
    async serve(port: number, host = "0.0.0.0"): Promise<{ readonly port: number; readonly close: () => void }> {
        const server = createServer((request, response) => {
            if (request.url === "/healthz") {
                response.end("ok\n");
                return;
            }
            if (request.url !== "/metrics") {
                response.writeHead(404).end();
                return;
            }
            this.text().then(
                (text) => response.setHeader("content-type", this.#registry.contentType).end(text),
                (error: unknown) => response.writeHead(500).end(String(error)),
            );
        });
        await new Promise<void>((resolve, reject) => {
            server.once("error", reject);
            server.listen(port, host, resolve);
        });
        server.unref();
        return {
            port: portOf(server.address()),
            close: () => {
                server.close();
                server.closeAllConnections();
            },
        };
    }

    #showVerdict(shown: "pass" | "hold" | "rollback"): void {
        for (const verdict of ["pass", "hold", "rollback"] as const) {
            this.#verdict.set({ verdict }, verdict === shown ? 1 : 0);
        }
    }
}

type GaugeName =
    | "weight"
    | "share"
    | "soak"
    | "soakRequired"
    | "hold"
    | "holdLimit"
    | "blind"
    | "blindLimit"
    | "alarmBlind"
    | "rollbackFailed"
    | "approvalsMissing"
    | "ledgerValid"
    | "statusUpdate"
    | "heartbeat";

/** Share of requests that reached the candidate: not a number where it can't be told. */
export function shareIn({ stable, candidate }: NonNullable<WatchStatus["examination"]>["evidence"]): number {
    const [own, other] = [candidate && requestsOf(candidate), requestsOf(stable)];
    return own?.kind === "observed" && other.kind === "observed" ? own.value / (own.value + other.value) : Number.NaN;
}

function portOf(address: string | AddressInfo | null): number {
    return typeof address === "object" && address !== null ? address.port : 0;
}

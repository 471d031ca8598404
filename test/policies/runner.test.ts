import { spawn } from "node:child_process";

import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import * as analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { rules } from "../../policies/rules/index.ts";
import { kubernetes } from "./extras.ts";

const pack = new URL("../../policies", import.meta.url).pathname;
const runner = new URL("../../node_modules/@pulumi/pulumi/cmd/run-policy-pack/index.js", import.meta.url).pathname;

/** The pack as the engine starts it: by the runner of @pulumi/pulumi, in a process of its own, over gRPC. */
describe("the pack under Pulumi's own runner", () => {
    const child = spawn(process.execPath, [runner, "127.0.0.1:1", pack], { cwd: pack, env: { ...process.env, PULUMI_NODEJS_STACK: "staging" } });
    let client: AnalyzerClient;
    beforeAll(async () => {
        const port = await new Promise<string>((resolve, reject) => {
            const errors: string[] = [];
            child.stderr.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
            child.stdout.once("data", (chunk: Buffer) => {
                resolve(chunk.toString().trim());
            });
            child.once("exit", (code) => {
                reject(new Error(`the runner ended with ${String(code)}: ${errors.join("")}`));
            });
        });
        client = new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    }, 60_000);
    afterAll(() => {
        client.close();
        child.kill();
    });

    async function asked<T>(call: (respond: (error: grpc.ServiceError | null, response: T) => void) => unknown): Promise<T> {
        return new Promise((resolve, reject) => {
            call((error, response) => {
                if (error === null) {
                    resolve(response);
                } else {
                    reject(error);
                }
            });
        });
    }

    async function levels(): Promise<readonly number[]> {
        const { properties, type, name } = kubernetes("v1", "Service", "edge", { spec: { type: "LoadBalancer" } });
        const request = new analyzer.AnalyzeRequest();
        request.setType(type);
        request.setName(name);
        request.setUrn("urn:a");
        request.setProperties(Struct.fromJavaScript({ ...properties }));
        request.setOptions(new analyzer.AnalyzerResourceOptions());
        const response = await asked<analyzer.AnalyzeResponse>((respond) => client.analyze(request, respond));
        return response.getDiagnosticsList().map((diagnostic) => diagnostic.getEnforcementlevel());
    }

    it("announces every rule by its own name, with the levels of its stack", async () => {
        const info = await asked<analyzer.AnalyzerInfo>((respond) => client.getAnalyzerInfo(new Empty(), respond));
        expect(info.getPoliciesList().map((policy) => policy.getName())).toEqual(rules.map(({ name }) => name));
        expect(
            info
                .getPoliciesList()
                .find((policy) => policy.getName() === "image-digest")
                ?.getEnforcementlevel(),
        ).toBe(analyzer.EnforcementLevel.ADVISORY);
    });

    it("judges, and follows the configuration that the CLI hands over", async () => {
        expect(await levels()).toEqual([analyzer.EnforcementLevel.MANDATORY]);
        await configured(analyzer.EnforcementLevel.ADVISORY, {});
        expect(await levels()).toEqual([analyzer.EnforcementLevel.ADVISORY]);
        await configured(analyzer.EnforcementLevel.MANDATORY, { exposed: ["edge"] });
        expect(await levels()).toEqual([]);
        await configured(analyzer.EnforcementLevel.MANDATORY, { exposed: "edge" });
        await expect(levels()).rejects.toThrow('service-exposure.exposed is "edge", but should be a list of strings');
    });

    async function configured(level: analyzer.EnforcementLevel, settings: Record<string, string | string[]>): Promise<void> {
        const config = new analyzer.PolicyConfig();
        config.setEnforcementlevel(level);
        config.setProperties(Struct.fromJavaScript(settings));
        const request = new analyzer.ConfigureAnalyzerRequest();
        request.getPolicyconfigMap().set("service-exposure", config);
        await asked<Empty>((respond) => client.configure(request, respond));
    }
});

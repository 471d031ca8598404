import { defineConfig } from "vitest/config";

/** Tests that need programs of the lab, and no lab: they start what they need, one file at a time. */
const tools = ["test/tools/**/*.test.ts"];

/** Tests that need the lab: the control plane, the data services, and what the service has there. They run one file at a time, since they share its nodes, which are simulated. */
const lab = ["test/lab/**/*.test.ts"];

/** Tests of the engine itself, with such a lab. */
const engine = ["test/engine/**/*.test.ts"];

/** Tests that need containers that run: a lab with real nodes. Those in `soak` take long, and are for `make test-soak`. */
const nodes = ["test/nodes/**/*.test.ts"];
const soak = ["test/nodes/soak/**/*.test.ts"];
/** Tests with simulated nodes that take long and seldom fail: another service on the packed library, and the simulation itself. */
const labSoak = ["test/lab/soak/**/*.test.ts", "test/engine/soak/**/*.test.ts"];

/** Text reads the same for a test wherever it runs: a pipeline would have it in colour, a pipe without. */
const env = { NO_COLOR: "1" };

export default defineConfig({
    test: {
        projects: [
            // They may run at the lowest priority, beside a lab.
            {
                test: {
                    name: "fast",
                    env,
                    include: ["test/**/*.test.ts"],
                    exclude: [...tools, ...lab, ...engine, ...nodes],
                    testTimeout: 180_000,
                    hookTimeout: 300_000,
                },
            },
            { test: { name: "tools", env, include: tools, fileParallelism: false, testTimeout: 300_000, hookTimeout: 300_000 } },
            { test: { name: "lab", env, include: lab, exclude: labSoak, fileParallelism: false, testTimeout: 300_000, hookTimeout: 300_000 } },
            { test: { name: "engine", env, include: engine, exclude: labSoak, fileParallelism: false, testTimeout: 300_000, hookTimeout: 300_000 } },
            { test: { name: "nodes", env, include: nodes, exclude: soak, fileParallelism: false, testTimeout: 300_000, hookTimeout: 300_000 } },
            { test: { name: "lab-soak", env, include: labSoak, fileParallelism: false, testTimeout: 300_000, hookTimeout: 300_000 } },
            { test: { name: "soak", env, include: soak, fileParallelism: false, testTimeout: 1_200_000, hookTimeout: 600_000 } },
        ],
    },
});

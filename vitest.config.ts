import { defineConfig } from "vitest/config";

/** Tests that need the lab: the control plane, the data services and the engine itself. They run one file at a time, since they share one stack. */
const lab = ["test/lab/**/*.test.ts", "test/engine/**/*.test.ts"];

/** Text reads the same for a test wherever it runs: a pipeline would have it in colour, a pipe without. */
const env = { NO_COLOR: "1" };

export default defineConfig({
    test: {
        projects: [
            { test: { name: "fast", env, include: ["test/**/*.test.ts"], exclude: lab, testTimeout: 60_000, hookTimeout: 60_000 } },
            { test: { name: "lab", env, include: lab, fileParallelism: false, testTimeout: 300_000, hookTimeout: 300_000 } },
        ],
    },
});

/**
 * Which folder may import which, as CONTRIBUTING.md has it. `npm run lint` enforces it, for types as well.
 *
 * @type {import("dependency-cruiser").IConfiguration}
 */

/** In the library, what does I/O is in a folder `live`, `kubernetes`, `pulumi` or `cli`, or in a file `read.ts`: the conditions ask such files. `index.ts` is for others. */
const doesIo = [
    "^rollout/index\\.ts$",
    "/live/",
    "^rollout/kubernetes/",
    "^rollout/pulumi/",
    "^rollout/cli/",
    "^rollout/gate/conditions/",
    "/read\\.ts$",
    "/read-[a-z-]+\\.ts$",
];

/** The table; test/imports.test.ts compares them. What isn't in it (the lab, benchmarks, the demo and tests) may import anything, and nothing in it may import that. */
export const mayImport = {
    "index.ts": ["config", "components", "service", "rollout"],
    "rollout.config.ts": ["config", "components", "service", "rollout"],
    config: ["components", "observability", "policies", "service", "rollout"],
    components: ["observability", "service", "rollout"],
    service: ["rollout"],
    observability: ["rollout"],
    rollout: [],
    policies: [],
};

const inside = (folders) => `^(${folders.join("|").replaceAll(".", "\\.")})(/|$)`;
const project = inside([...Object.keys(mayImport), "lab", "bench", "demo", "test"]);

const forbidden = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

export default {
    forbidden: [
        forbidden("no-circle", "A circle can't be read from one end.", {}, { circular: true }),
        forbidden(
            "pure-code-does-no-io",
            "Decisions are functions of data: no client library, no Node module that reads or writes, no file that does.",
            { path: "^rollout/", pathNot: doesIo },
            {
                path: [
                    "^node_modules/(@kubernetes|@pulumi|@clickhouse|@platformatic|@hono|commander|execa|ioredis|listr2|nodemailer|p-retry|pg|prom-client|undici)/",
                    "^(node:)?fs",
                    "^(node:)?http",
                    "^(node:)?net$",
                    "^(node:)?tls$",
                    "^(node:)?child_process",
                    "^(node:)?dns",
                    "^(node:)?os$",
                    "^(node:)?timers",
                    ...doesIo,
                ],
            },
        ),
        ...Object.entries(mayImport).map(([folder, others]) =>
            forbidden(
                `${folder}-imports`,
                `CONTRIBUTING.md: ${folder} may import ${[folder, ...others].join(", ")}.`,
                { path: inside([folder]) },
                { path: project, pathNot: inside([folder, ...others]) },
            ),
        ),
        forbidden(
            "a-workspace-declares-its-packages",
            "What a workspace imports is in its own package.json, and not there by luck because another one installs it.",
            { path: "^(rollout|policies|lab)/" },
            { dependencyTypes: ["npm-no-pkg", "npm-unknown", "npm-dev"], dependencyTypesNot: ["type-only"] },
        ),
    ],
    options: {
        doNotFollow: { path: "node_modules" },
        exclude: { path: "^(\\.lab|(rollout|policies)/dist)" },
        tsPreCompilationDeps: true,
        tsConfig: { fileName: "tsconfig.json" },
        enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
    },
};

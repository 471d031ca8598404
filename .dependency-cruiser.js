/**
 * Which folder may import which, as CONTRIBUTING.md has it. `npm run lint` enforces it, for types as well.
 *
 * @type {import("dependency-cruiser").IConfiguration}
 */

/** In the library, what does I/O is in a folder `live`, `kubernetes`, `pulumi` or `cli`, or in a file `read.ts`: the conditions ask such files. */
const doesIo = ["/live/", "^rollout/kubernetes/", "^rollout/pulumi/", "^rollout/cli/", "^rollout/gate/conditions/", "/read\\.ts$", "/read-[a-z-]+\\.ts$"];

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
        forbidden(
            "the-library-stands-alone",
            "The library knows no program: what it needs of one comes in a profile, or through rollout.config.ts.",
            { path: "^rollout/" },
            { path: "^(index\\.ts|config|components|service|observability|policies|lab|bench|demo|test|rollout\\.config\\.ts)" },
        ),
        forbidden(
            "components-know-no-program",
            "A component takes what it needs as arguments.",
            { path: "^components/" },
            { path: "^(index\\.ts|rollout\\.config\\.ts|config|service|lab|policies|bench|demo|test)" },
        ),
        forbidden(
            "config-knows-only-the-library",
            "What is declared follows from the config, and not the other way round.",
            { path: "^config/" },
            { path: "^(index\\.ts|rollout\\.config\\.ts|components|service|observability|policies)" },
        ),
        forbidden(
            "observability-knows-no-program",
            "Rules, dashboards and runbooks are made from a scope.",
            { path: "^observability/" },
            { path: "^(index\\.ts|rollout\\.config\\.ts|config|components|service|policies)" },
        ),
        forbidden(
            "the-stack-declares-components",
            "Rules and policies reach the stack through a component or the service.",
            { path: "^(index|rollout\\.config)\\.ts$" },
            { path: "^(observability|policies)" },
        ),
        forbidden("nothing-imports-the-stack", "It is where everything begins.", { path: "^service/" }, { path: "^(index|rollout\\.config)\\.ts$" }),
        forbidden(
            "policies-stand-alone",
            "The pack can be copied.",
            { path: "^policies/" },
            { path: "^(index\\.ts|config|components|service|observability|rollout|lab|bench|demo|test)" },
        ),
        forbidden(
            "nothing-needs-the-lab",
            "The lab is for tests, benchmarks and the demo.",
            { path: "^(index\\.ts|config|components|service|observability|rollout|policies)" },
            { path: "^(lab|bench|demo|test)" },
        ),
    ],
    options: {
        doNotFollow: { path: "node_modules" },
        exclude: { path: "^\\.lab" },
        tsPreCompilationDeps: true,
        tsConfig: { fileName: "tsconfig.json" },
        enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
    },
};

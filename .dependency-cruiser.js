/** @type {import("dependency-cruiser").IConfiguration} */
export default {
    forbidden: [
        { name: "no-circle", severity: "error", from: {}, to: { circular: true } },
    ],
    options: {
        doNotFollow: { path: "node_modules" },
        exclude: { path: "node_modules|^\\.lab" },
        tsPreCompilationDeps: true,
        tsConfig: { fileName: "tsconfig.json" },
        enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
    },
};

import tseslint from "typescript-eslint";

export default tseslint.config(
    // The example of a program compiles against the packed library alone: test/rollout/package.test.ts.
    { ignores: ["node_modules/", ".lab*/", "docs/", "rollout/dist/", "policies/dist/", "examples/checkout/"] },
    {
        files: ["**/*.ts"],
        extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
        languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
        rules: {
            "@typescript-eslint/consistent-type-imports": "error",
            "@typescript-eslint/no-explicit-any": "error",
            "@typescript-eslint/consistent-type-assertions": ["error", { assertionStyle: "as", objectLiteralTypeAssertions: "never" }],
            "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
            "no-console": "off",
        },
    },
    {
        // Pulumi resources are constructed for their effect on the stack, and a test body may be async for symmetry.
        files: ["index.ts", "components/**/*.ts", "rollout/pulumi/**/*.ts", "rollout/gate/conditions/**/*.ts", "test/**/*.ts"],
        rules: { "no-new": "off", "@typescript-eslint/require-await": "off" },
    },
);

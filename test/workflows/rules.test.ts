import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { problemsOf } from "./rules.ts";

const folder = join(import.meta.dirname, "../../.github/workflows");
const ofPullRequest = `
on: { pull_request: { paths: [index.ts] } }
permissions: {}
jobs:
  preview:
    if: github.event.pull_request.head.repo.full_name == github.repository
    runs-on: ubuntu-24.04
    permissions: { contents: read }
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
        with: { persist-credentials: false }
      - run: make ci-install
      - run: make ci-preview
        env: { STACK: prod, NOVA_KUBECONFIG: "\${{ secrets.KUBECONFIG_READ }}" }
`;

describe("secrets in the workflows", () => {
    it.each(readdirSync(folder))("are where they may be in %s", (file) => {
        expect(problemsOf(parse(readFileSync(join(folder, file), "utf8")))).toEqual([]);
    });

    it("may be where a pull request's preview has the kubeconfig that reads", () => {
        expect(problemsOf(parse(ofPullRequest))).toEqual([]);
    });

    it.each<{ what: string; change: readonly [string, string]; problem: RegExp }>([
        {
            what: "an event that hands secrets to a fork's code",
            change: ["pull_request:", "pull_request_target:"],
            problem: /pull_request_target may start it/,
        },
        {
            what: "an event that follows a fork's workflow",
            change: ["on: { pull_request: { paths: [index.ts] } }", "on: [pull_request, workflow_run]"],
            problem: /workflow_run may start it/,
        },
        { what: "a secret of the whole workflow", change: ["jobs:", 'env: { A: "${{ secrets.KUBECONFIG_READ }}" }\njobs:'], problem: /^env\.A holds a secret/ },
        {
            what: "a secret of the whole job, and so of the step that installs",
            change: ["    permissions: { contents: read }", '    permissions: { contents: read }\n    env: { A: "${{ secrets.KUBECONFIG_READ }}" }'],
            problem: /^jobs\.preview\.env\.A holds a secret/,
        },
        {
            what: "a secret of the step that installs",
            change: ["- run: make ci-install", '- run: make ci-install\n        env: { A: "${{ secrets.KUBECONFIG_READ }}" }'],
            problem: /runs 'make ci-install' with a secret/,
        },
        {
            what: "a step that installs with a secret",
            change: ["make ci-preview", "npm ci && make ci-preview"],
            problem: /runs 'npm ci && make ci-preview' with a secret/,
        },
        { what: "a secret before anything was installed", change: ["- run: make ci-install", "- run: make help"], problem: /before anything was installed/ },
        {
            what: "production's passphrase",
            change: ["STACK: prod", 'STACK: prod, PULUMI_CONFIG_PASSPHRASE: "${{ secrets.PULUMI_CONFIG_PASSPHRASE }}"'],
            problem: /hands \$\{\{ secrets\.PULUMI_CONFIG_PASSPHRASE \}\} to a pull request/,
        },
        { what: "all secrets at once", change: ["secrets.KUBECONFIG_READ", "toJSON(secrets)"], problem: /holds a secret/ },
        { what: "a secret by another spelling", change: ["secrets.KUBECONFIG_READ", "secrets['PULUMI_CONFIG_PASSPHRASE']"], problem: /holds a secret/ },
        { what: "a secret within an expression", change: ["secrets.KUBECONFIG_READ", "format('{0}', secrets.A)"], problem: /holds a secret/ },
        { what: "a secret in capitals", change: ["secrets.KUBECONFIG_READ", "SECRETS.a"], problem: /holds a secret/ },
        { what: "the token by another spelling", change: ["secrets.KUBECONFIG_READ", "github['token']"], problem: /holds a secret/ },
        {
            what: "the token, beside the pull request's code",
            change: ["secrets.KUBECONFIG_READ", "github.token"],
            problem: /runs a pull request's code beside the token/,
        },
        {
            what: "a secret as an action's input",
            change: ["persist-credentials: false", 'token: "${{ secrets.DEPLOY }}"'],
            problem: /with\.token holds a secret/,
        },
        { what: "a secret in a script", change: ["run: make ci-preview", 'run: "echo ${{ secrets.A }}"'], problem: /run holds a secret/ },
        {
            what: "a title as code",
            change: ["run: make ci-preview", 'run: "echo ${{ github.event.pull_request.title }}"'],
            problem: /has an expression, which becomes code/,
        },
        { what: "a pull request that is known to a cloud", change: ["contents: read", "contents: read, id-token: write"], problem: /be known to a cloud/ },
        { what: "a pull request that writes", change: ["contents: read", "contents: write"], problem: /lets a pull request write/ },
        { what: "every permission", change: ["permissions: { contents: read }", "permissions: write-all"], problem: /has write-all/ },
        { what: "no word on permissions", change: ["permissions: {}\n", ""], problem: /does not start from no permission/ },
        { what: "a fork", change: ["    if: github.event.pull_request.head.repo.full_name == github.repository\n", ""], problem: /is not closed to forks/ },
        {
            what: "a job of another file",
            change: ["    runs-on: ubuntu-24.04", "    runs-on: ubuntu-24.04\n    uses: nova/other/.github/workflows/a.yml@main\n    secrets: inherit"],
            problem: /is of another file/,
        },
        {
            what: "a cache that a pull request may fill",
            change: ["- run: make ci-install", "- uses: actions/cache@11bd71901bbe5b1630ceea73d27597364c9af683\n      - run: make ci-install"],
            problem: /uses actions\/cache@/,
        },
        {
            what: "the runner inside the cluster's network",
            change: ["ubuntu-24.04", "${{ vars.ROLLOUT_RUNNER || 'ubuntu-24.04' }}"],
            problem: /preview runs on/,
        },
        { what: "a machine of one's own", change: ["ubuntu-24.04", "self-hosted"], problem: /runs on self-hosted/ },
    ])("are not where they must not be: $what", ({ change: [from, to], problem }) => {
        const changed = ofPullRequest.replace(from, to);
        expect(changed).not.toBe(ofPullRequest);
        const problems = problemsOf(parse(changed));
        expect(
            problems.filter((one) => problem.test(one)),
            problems.join("\n"),
        ).not.toEqual([]);
    });
});

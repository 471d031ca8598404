# syntax=docker/dockerfile:1

# The image of the release watchdog: `rollout watch`, in the cluster. Build it from the checkout's root, and put its digest into `watchdog.image` of the stack.
# Whoever builds for production gives the base image by its digest: --build-arg NODE_IMAGE=node:24.21.0-slim@sha256:...
ARG NODE_IMAGE=docker.io/library/node:24.21.0-slim

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# No script of a package runs: none is needed, and a build is where a bad one would do harm.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE}
WORKDIR /app
# The user that the pod runs as (rollout/pulumi/restricted.ts). Everything in /app belongs to root, and nobody else may write there.
RUN groupadd --gid 10001 watchdog && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin watchdog
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY rollout ./rollout
ENV NODE_ENV=production
USER 10001:10001
EXPOSE 9090
ENTRYPOINT ["node", "rollout/cli/index.ts"]
CMD ["watch", "--target", "/etc/rollout/target.json", "--forever", "--json", "--metrics-port", "9090"]

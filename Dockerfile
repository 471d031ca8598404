# syntax=docker/dockerfile:1

# The image of the release watchdog: `rollout watch`, in the cluster. Build it from the checkout's root, and put its digest into `watchdog.image` of the stack.
# For production, name the base image by its digest: --build-arg NODE_IMAGE=node:24.21.0-slim@sha256:...
ARG NODE_IMAGE=docker.io/library/node:24.21.0-slim

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY rollout/package.json ./rollout/
# Only the library's own packages, in the versions of the lock file. Its peers are Pulumi's SDKs, which the program has and a watchdog never loads: npm would install them, since the
# program needs them. No script of a package runs: none is needed, and a build is where a bad one would do harm. Types and source maps, which Node never reads, are a third of it.
RUN npm pkg delete peerDependencies peerDependenciesMeta --workspace progressive-rollout \
    && npm ci --workspace progressive-rollout --omit=dev --ignore-scripts --no-audit --no-fund \
    && find node_modules -type f -regex '.*\.\(d\.[cm]?ts\|map\)' -delete

FROM ${NODE_IMAGE}
WORKDIR /app
# The user that the pod runs as (rollout/pulumi/restricted.ts). Everything in /app belongs to root, and no other user may write there.
RUN groupadd --gid 10001 watchdog && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin watchdog
COPY --from=packages /app/node_modules ./node_modules
# All that a watch needs to know of a stack is in its target file. Of the program, only the service is in the image: the functions among its probes.
COPY rollout ./rollout
COPY service ./service
ENV NODE_ENV=production
# A start takes half as long with what Node has compiled before. Each user has a cache of its own, so it is made as the one that the pod runs as, and kept from changes after.
ENV NODE_COMPILE_CACHE=/var/cache/rollout
RUN install --directory --owner 10001 --group 10001 "$NODE_COMPILE_CACHE"
USER 10001:10001
RUN node rollout/cli/index.ts watch --help > /dev/null
EXPOSE 9090
ENTRYPOINT ["node", "rollout/cli/index.ts"]
CMD ["watch", "--target", "/etc/rollout/target.json", "--forever", "--json", "--metrics-port", "9090"]

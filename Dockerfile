# Packages and the generated database client; nothing of this stage but its output reaches the image.
# By its digest: what a tag names changes. docs/operations.md tells how to move on.
FROM node:24.19.0-bookworm-slim@sha256:a9f5f7c91a432850b2a8a7797adf5eadb6c733ceed61167806cee7ea7fbc29df AS packages
WORKDIR /app
COPY package.json package-lock.json prisma.config.ts ./
COPY scripts ./scripts
COPY prisma ./prisma
# The image brings Node itself, so the copy that package.json pins for other machines is left out.
# The tools that generate the client are needed here and gone from what the next stage copies.
RUN npm ci --omit=optional --no-audit --no-fund && npm prune --omit=dev --omit=optional --no-audit --no-fund

FROM node:24.19.0-bookworm-slim@sha256:a9f5f7c91a432850b2a8a7797adf5eadb6c733ceed61167806cee7ea7fbc29df
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=4000 \
    SWITCHYARD_DATA_DIR=/var/lib/switchyard
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=packages /app/src/storage/generated ./src/storage/generated
COPY package.json switchyard.js LICENSE ./
COPY scripts/require-node.js ./scripts/
COPY prisma/migrations ./prisma/migrations
COPY src ./src
# Only the data directory is writable: what an instance must keep is in the database or here.
RUN install --directory --owner=node --group=node --mode=0700 /var/lib/switchyard
USER node
VOLUME /var/lib/switchyard
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=64", "switchyard.js"]

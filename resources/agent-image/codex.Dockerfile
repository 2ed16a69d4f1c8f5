# Codex in the box of an agent. Its models come over the wire; it finds them under the usual names.
FROM gantry/agent:1
ARG VERSION=latest
USER 0:0
RUN npm install --global --no-audit --no-fund "@openai/codex@${VERSION}" && npm cache clean --force
USER 10001:10001

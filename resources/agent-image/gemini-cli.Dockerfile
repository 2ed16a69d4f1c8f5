# Gemini CLI in the box of an agent. Its models come over the wire; it finds them under the usual names.
FROM gantry/agent:1
ARG VERSION=latest
USER 0:0
RUN npm install --global --no-audit --no-fund "@google/gemini-cli@${VERSION}" && npm cache clean --force
USER 10001:10001

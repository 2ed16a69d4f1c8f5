# Aider in the box of an agent. Its models come over the wire; it finds them under the usual names.
FROM gantry/agent:1
ARG VERSION=0.86.1
USER 0:0
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3-venv \
 && rm -rf /var/lib/apt/lists/* \
 && python3 -m venv /opt/aider \
 && /opt/aider/bin/pip install --no-cache-dir "aider-chat==${VERSION}"
ENV PATH=/opt/aider/bin:$PATH
USER 10001:10001

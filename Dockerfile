# 普查程序，供各台机器的容器：工作进程、部署、命令。 Pucha for containers: workers, deploying, commands.
# 也用来运行共用的 Prefect 服务，两者的 Prefect 版本因此一致。 The shared Prefect server runs from it too, so that versions agree.
FROM python:3.11-slim-bookworm AS packages
WORKDIR /pucha
RUN python -m venv /opt/pucha
COPY requirements.lock ./
RUN /opt/pucha/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY models models
COPY tasks tasks
COPY flows flows
COPY deployments deployments
RUN /opt/pucha/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --create-home --home-dir /home/pucha pucha \
 && install -d -o pucha -g pucha -m 700 /data /prefect
COPY --from=packages /opt/pucha /opt/pucha
ENV PATH=/opt/pucha/bin:$PATH PYTHONUNBUFFERED=1 PUCHA_HOME=/data PREFECT_HOME=/prefect DO_NOT_TRACK=1
USER 10001
WORKDIR /data
VOLUME ["/data", "/prefect"]
# 1 是有疑点或异常，仍在运行；2 是读不到任务。 1 are doubts, and it still works; 2 is a campaign that cannot be read.
HEALTHCHECK --interval=60s --timeout=30s --start-period=60s --retries=3 CMD ["sh", "-c", "pucha health >/dev/null || [ $? -eq 1 ]"]
CMD ["prefect", "worker", "start", "--pool", "pucha", "--type", "process", "--limit", "4"]

"""SPIRA training as an Airflow DAG: each step of `npm run train` one task, in the program's order.

Copy this file into the DAG folder and set, for the workers:

    SPIRA_HOME             the program's folder, installed once (`npm ci`)
    SPIRA_TRAINING_STORE   where runs and their outputs are kept; all workers see the same
    SPIRA_TRAINING_CONFIG  the configuration of the runs (JSON)
    SPIRA_TRAINING_CRON    when it runs (default: Sundays at 02:30 UTC; empty: only when it is started)

A task that is tried again goes on where it stopped; a task whose inputs have not changed is done at once. The last task
asks the release gate. Approving and publishing are decisions of people: `npm run train -- approve`, `publish`.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from datetime import datetime, timedelta, timezone

try:
    from airflow.sdk import DAG, BaseOperator
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.models.baseoperator import BaseOperator
from airflow.exceptions import AirflowException, AirflowFailException

STEPS = ("snapshot", "split", "features", "fit", "evaluate", "package", "gate")
# Exit codes of `npm run train` after which another try changes nothing: wrong options, refused by the gate.
FINAL_EXIT_CODES = (2, 3)

HOME = os.environ.get("SPIRA_HOME", "/opt/spira")
STORE = os.environ.get("SPIRA_TRAINING_STORE", "/var/lib/spira-training/store")
CONFIG = os.environ.get("SPIRA_TRAINING_CONFIG", "/etc/spira/training.json")
CRON = os.environ.get("SPIRA_TRAINING_CRON", "30 2 * * SUN")
# A piece of work may take a while; the step goes on from it later.
GRACE_S = 120


def run_name(dag_run) -> str:
    """A name that runs of the program may have, the same for every task and try of a DAG run."""
    return "airflow-" + re.sub(r"[^a-z0-9._-]+", "-", dag_run.run_id.lower())[:60]


def command(step: str) -> list[str]:
    """What a task runs in the program's folder."""
    words = ["node_modules/.bin/node", "training/hosts/cli.ts", step]
    words += ["--run", "{{ run_name(dag_run) }}", "--store", STORE]
    return words + ["--config", CONFIG] if step == STEPS[0] else words


class TrainOperator(BaseOperator):
    """Runs one command of the program, tells its exit code apart, and stops it gently."""

    template_fields = ("command",)

    def __init__(self, *, command: list[str], **kwargs) -> None:
        super().__init__(**kwargs)
        self.command = command
        self._process = None

    def execute(self, context) -> None:
        self._process = subprocess.Popen(self.command, cwd=HOME, start_new_session=True)
        code = self._process.wait()
        if code in FINAL_EXIT_CODES:
            raise AirflowFailException(f"exit code {code}: another try would end the same")
        if code != 0:
            raise AirflowException(f"exit code {code}")

    def on_kill(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)


with DAG(
    dag_id="spira_training",
    description="Snapshot, split, features, fit, evaluate, package, gate",
    schedule=CRON or None,
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    # One run of a kind at a time.
    max_active_runs=1,
    user_defined_macros={"run_name": run_name},
    default_args={
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(days=1),
        "execution_timeout": timedelta(days=1),
    },
    tags=["spira"],
) as dag:
    before = None
    for step in STEPS:
        task = TrainOperator(task_id=step, command=command(step))
        if before is not None:
            before >> task
        before = task

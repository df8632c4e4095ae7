"""Every night at 03:00 UTC, by Airflow 3: a sweep, then its status.

The exit code of the driver decides: 0 is the end; 6 (the budget is spent) goes on after a pause, and is no failed try; 2 to 5
fail at once, as another try would end alike; all others (1, a signal, a lost driver) are tried again. Whatever goes on, goes on
in the directory of its run, which is named by the run's id: a run that is started by hand has no logical date.
"""

import os
import re
import signal
import subprocess
import time
from datetime import datetime, timedelta, timezone

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, BaseSensorOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

# The archive of a release, unpacked, and Spark, on the workers of Airflow and on the machines of the cluster.
HOME = os.environ.get("ICL_SWEEP_HOME", "/opt/icl-sweep")
SPARK = os.environ.get("SPARK_HOME", "/opt/spark")
OUTPUT = os.environ.get("ICL_SWEEP_OUTPUT", "/sweeps/nightly")
LIB = f"{HOME}/lib"

BUDGET_SPENT = 6
PERMANENT = {
    2: "wrong use or wrong input",
    3: "more trials failed than allowed",
    4: "refused: another driver, or another plan",
    5: "this machine or an executor cannot run it",
}
# A driver settles its wave within 30 seconds of a SIGTERM.
SETTLED = timedelta(seconds=45)


def directory(run_id):
    """The directory of a run: the same for all of its tries; a run's id may have characters that HDFS does not take."""
    return f"{OUTPUT}/{re.sub(r'[^A-Za-z0-9_.-]', '-', run_id)}"


class SweepOperator(BaseSensorOperator):
    """A driver in client mode, whose exit code is that of spark-submit; a sensor, as it may have to go on another time."""

    template_fields = ("tables",)

    def __init__(self, *, settings, arguments, tables, **kwargs):
        super().__init__(mode="reschedule", **kwargs)
        self.settings = settings
        self.arguments = arguments
        self.tables = tables
        self.driver = None

    def poke(self, context):
        run = context["dag_run"]
        submit = [f"{SPARK}/bin/spark-submit", "--deploy-mode", "client", "--properties-file", self.settings]
        submit += ["--conf", f"spark.driver.extraClassPath={LIB}/*", "--conf", f"spark.executor.extraClassPath={LIB}/*"]
        submit += ["--class", "org.iclsweep.sweep.job.Sweep", f"{LIB}/spark-jobs-0.1.0-SNAPSHOT.jar"]
        # In a session of its own, it settles its wave even if this process is killed.
        self.driver = subprocess.Popen(
            [*submit, *self.arguments, "--set", f"sweep.output={self.tables}"],
            env={**os.environ, "ICL_SWEEP_LOGICAL_DATE": (run.logical_date or run.run_after).isoformat()},
            start_new_session=True,
        )
        while self.driver.poll() is None:
            time.sleep(0.5)
        code = self.driver.returncode
        if code in PERMANENT:
            raise AirflowFailException(f"exit code {code}: {PERMANENT[code]}; not tried again: {self.tables}")
        if code not in (0, BUDGET_SPENT):
            raise AirflowException(f"exit code {code}; the next try goes on in {self.tables}")
        return code == 0

    def on_kill(self):
        """At a time limit, and when somebody ends the task: a SIGTERM, after which the wave is settled."""
        if self.driver is None or self.driver.poll() is not None:
            return
        self.driver.send_signal(signal.SIGTERM)
        end = time.monotonic() + SETTLED.total_seconds()
        while self.driver.poll() is None and time.monotonic() < end:
            time.sleep(0.5)
        self.driver.kill()


with DAG(
    dag_id="icl_sweep_nightly",
    schedule="0 3 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=23),
    user_defined_filters={"directory": directory},
) as dag:
    sweep = SweepOperator(
        task_id="sweep",
        settings=f"{HOME}/conf/spark/standalone.conf",
        arguments=[f"{HOME}/conf/sweeps/exactness.conf", "--set", "sweep.execution.budget.hours=6"],
        tables="{{ run_id | directory }}",
        # Behind a budget that is spent, the sweep rests for an hour; with its pauses it takes at most 22.
        poke_interval=timedelta(hours=1),
        timeout=timedelta(hours=22),
        # The budget ends a driver in good order; this is for one that hangs.
        execution_timeout=timedelta(hours=7),
        # Longer than a driver takes to settle: until then the directory is its own, and another would be refused.
        retries=3,
        retry_delay=timedelta(minutes=2),
    )
    # Also after a failure. It ends with the last driver's exit code, so that the run of the DAG fails where the sweep did.
    status = BashOperator(
        task_id="status",
        bash_command=f"{HOME}/bin/icl-sweep status {{{{ run_id | directory }}}} --exit-code",
        trigger_rule="all_done",
        execution_timeout=timedelta(minutes=15),
        retries=0,
    )
    sweep >> status

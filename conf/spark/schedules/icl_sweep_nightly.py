"""Every night at 03:00 UTC, by Airflow: one sweep, then a check of its exit code.

The exit code of spark-submit is not always the driver's (in cluster mode it may be 0 in any case), so a second task reads
it from run-status.json through `icl-sweep status`. A retried task resumes after the committed waves: the directory is that
of the run's logical date.
"""

from datetime import datetime, timedelta, timezone

from airflow import DAG
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.providers.standard.operators.bash import BashOperator

# The archive of a release, unpacked, on all machines.
HOME = "/opt/icl-sweep"
LIB = f"{HOME}/lib"
OUTPUT = "/sweeps/nightly/{{ logical_date.in_timezone('UTC').strftime('%Y%m%dT%H%M%SZ') }}"

with DAG(
    dag_id="icl_sweep_nightly",
    schedule="0 3 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=2)},
) as dag:
    sweep = SparkSubmitOperator(
        task_id="sweep",
        conn_id="spark_default",
        java_class="org.iclsweep.sweep.job.Sweep",
        application=f"{LIB}/spark-jobs-0.1.0-SNAPSHOT.jar",
        properties_file=f"{HOME}/conf/spark/standalone.conf",
        conf={
            "spark.driver.extraClassPath": f"{LIB}/*",
            "spark.executor.extraClassPath": f"{LIB}/*",
        },
        application_args=[f"{HOME}/conf/sweeps/exactness.conf", "--set", f"sweep.output={OUTPUT}"],
    )
    status = BashOperator(task_id="status", bash_command=f"{HOME}/bin/icl-sweep status {OUTPUT} --exit-code")
    sweep >> status

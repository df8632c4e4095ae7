"""Runs the DAG of conf/spark/schedules by Airflow itself, with programs in the place of Spark and of icl-sweep.

    nightly.py DAGS WORK

WORK has the two programs (spark/bin/spark-submit, home/bin/icl-sweep). Prints one JSON object, on the last line.
"""

import json
import os
import sys
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

DAGS, WORK = sys.argv[1:]
os.environ.update(
    AIRFLOW_HOME=f"{WORK}/airflow",
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__DAGS_FOLDER=DAGS,
    AIRFLOW__LOGGING__LOGGING_LEVEL="ERROR",
    SPARK_HOME=f"{WORK}/spark",
    ICL_SWEEP_HOME=f"{WORK}/home",
    ICL_SWEEP_OUTPUT=f"{WORK}/out",
    WORK=WORK,
)

from airflow.dag_processing.dagbag import DagBag
from airflow.utils.db import initdb

LOGICAL = datetime(2026, 3, 29, 3, tzinfo=timezone.utc)
AFTER = datetime(2026, 3, 30, 7, 15, 1, 250000, tzinfo=timezone.utc)


def dag():
    bag = DagBag(DAGS)
    assert not bag.import_errors, bag.import_errors
    return bag.dags["icl_sweep_nightly"]


def calls(program):
    """What a program was called with since it was asked last."""
    path = f"{WORK}/{program}"
    lines = open(path).read().splitlines() if os.path.exists(path) else []
    if lines:
        os.remove(path)
    return lines


def codes(*ends):
    """The ends of the next calls of spark-submit, one after the other."""
    with open(f"{WORK}/ends", "w") as file:
        file.write("".join(f"{end}\n" for end in ends))


def shape(nightly):
    tasks = {task.task_id: task for task in nightly.tasks}
    return {
        "upstream": sorted(tasks["status"].upstream_task_ids),
        "trigger_rule": str(tasks["status"].trigger_rule.value),
        "retries": {name: task.retries for name, task in tasks.items()},
        "retry_delay": tasks["sweep"].retry_delay.total_seconds(),
        "hours": {name: task.execution_timeout.total_seconds() / 3600 for name, task in tasks.items()},
        "sensor_hours": tasks["sweep"].timeout / 3600,
        "run_hours": nightly.dagrun_timeout.total_seconds() / 3600,
        "mode": tasks["sweep"].mode,
        "max_active_runs": nightly.max_active_runs,
        "catchup": nightly.catchup,
        "schedule": str(nightly.timetable.expression),
        "arguments": [tasks["sweep"].settings, *tasks["sweep"].arguments],
    }


def poke(end, logical=LOGICAL):
    """The end of one driver, as the operator sees it."""
    sweep = dag().get_task("sweep")
    sweep.tables = f"{WORK}/out/x"
    codes(end)
    try:
        answer = sweep.poke({"dag_run": SimpleNamespace(logical_date=logical, run_after=AFTER)})
    except Exception as e:
        answer = f"{type(e).__name__}: {e}"
    return {"answer": answer, "submitted": calls("submitted"), "date": calls("date")}


def run(*ends, status=0, limit=None, logical=None):
    """A run of the whole DAG, without its pauses."""
    nightly = dag()
    sweep = nightly.get_task("sweep")
    sweep.poke_interval = 0.1
    sweep.retry_delay = timedelta(0)
    if limit:
        sweep.execution_timeout = timedelta(seconds=limit)
    codes(*ends)
    os.environ["STATUS"] = str(status)
    ended = nightly.test(logical_date=logical)
    return {
        "run_id": ended.run_id,
        "state": str(ended.state.value),
        "tasks": {task.task_id: [str(task.state), task.try_number] for task in ended.get_task_instances()},
        "submitted": calls("submitted"),
        "settled": calls("settled"),
        "asked": calls("asked"),
    }


answers = {
    "shape": shape(dag()),
    "pokes": {str(end): poke(end) for end in (0, 1, 2, 3, 4, 5, 6, 130, 143, "killed")},
    "manual": poke(0, logical=None),
}
initdb()
answers["goes_on"] = run(6, 1, 0)
answers["permanent"] = run(2, status=2)
answers["hangs"] = run("hang", 0, limit=3, logical=LOGICAL)
print("@" + json.dumps(answers))

# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # A sweep's tables in PySpark
#
# For tables that one machine does not hold, on the cluster that computed them. Needs `pyspark`; run it as a script, or open it
# with jupytext.

# %% tags=["parameters"]
SWEEP = "sample/quickstart"  # or hdfs://…, s3a://…

# %%
import json

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("a sweep's tables").getOrCreate()

# %% [markdown]
# A row counts where the manifest of its wave is there: the files are taken from the manifests, not from the directory.

# %%
manifests = [json.loads(row.value) for row in spark.read.text(SWEEP + "/manifests/*.json", wholetext=True).collect()]
files = [
    f"{SWEEP}/{file['path']}"
    for manifest in manifests
    for table in manifest["tables"]
    if table["table"] == "trials"
    for file in table["files"]
]
spark.read.option("mergeSchema", True).parquet(*files).createOrReplaceTempView("trials")

# %%
QUERY = """
SELECT model, dtype, count(*) AS trials, max(max_rel_logit_error) AS max_rel_logit_error
FROM trials WHERE status = 'ok' GROUP BY ALL ORDER BY ALL
"""
rows = spark.sql(QUERY)
rows.show()

# %%
worst = rows.groupBy("dtype").max("max_rel_logit_error").collect()
print("Largest relative error of the logits:", ", ".join(f"{error:.1e} in {dtype}" for dtype, error in worst))

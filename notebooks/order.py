# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How much does the order of demonstrations matter?
#
# The same demonstrations in many orders, each order as the context of the same queries.
#
# The sample is a small version of `conf/sweeps/order-sensitivity.conf`. For a sweep of your own, name its directory:

# %% tags=["parameters"]
SWEEP = "sample/order-sensitivity"

# %%
import altair as alt
import icl_sweep
from IPython.display import Markdown

alt.renderers.enable("png", scale_factor=1.5)
sweep = icl_sweep.read(SWEEP)

# %% [markdown]
# For each set, the mean, smallest and largest accuracy over its orders; here their means over sets. `disagreement` is the share
# of the orders whose answer is not the most frequent one.

# %%
QUERY = """
SELECT concat(model, ', ', shots, ' demonstrations') AS cell, count(*) AS sets, max(orders) AS orders,
       avg(min_accuracy) AS least, avg(mean_accuracy) AS mean, avg(max_accuracy) AS greatest,
       avg(max_accuracy - min_accuracy) AS range,
       half_interval(stddev_samp(max_accuracy - min_accuracy), count(*)) AS range_half, avg(disagreement) AS disagreement
FROM order_sensitivity WHERE status = 'ok' GROUP BY ALL ORDER BY ALL
"""
rows = sweep.sql(QUERY).df()
rows

# %%
base = alt.Chart(rows, width=420, height=alt.Step(36)).encode(alt.Y("cell", title=None).axis(labelLimit=300))
base.mark_rule(strokeWidth=3).encode(
    alt.X("least", title="accuracy: worst, mean and best order of a set").scale(zero=False), alt.X2("greatest")
) + base.mark_point(filled=True, size=90, opacity=1, color="black").encode(alt.X("mean"))

# %%
most = rows.loc[rows["range"].idxmax()]
Markdown(
    "**Answer.** Between the worst and the best order of a set, accuracy differs most for "
    f"{most.cell}: by {most['range']:.3f} ± {most.range_half:.3f} on average over {most.sets} sets of up to {most.orders} orders; "
    f"{most.disagreement:.1%} of an average query's answers are not its most frequent one."
)

# %% [markdown]
# The worst and the best of many orders are extremes: with more orders, or fewer queries, their distance grows by chance alone.

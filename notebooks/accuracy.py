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
# # What does a conversion do to accuracy?
#
# Three ways to run the same queries: the bare model, the model with the demonstrations in its prompt, and the converted model
# on the query alone.
#
# The sample is a small version of `conf/sweeps/quickstart.conf`. For a sweep of your own, name its directory:

# %% tags=["parameters"]
SWEEP = "sample/quickstart"

# %%
import altair as alt
import icl_sweep
from IPython.display import Markdown

alt.renderers.enable("png", scale_factor=1.5)
sweep = icl_sweep.read(SWEEP)

# %% [markdown]
# `cells()` has one row for each model, precision, method, task and number of demonstrations: mean accuracies, each with half its
# 95 % interval over demonstration sets (Student's t). The interval of the difference is paired by set.

# %%
QUERY = """
SELECT model, shots, way, accuracy, half, converted_minus_prompted
FROM (SELECT model, shots, converted_minus_prompted,
             unnest(['zero-shot', 'prompted', 'converted']) AS way,
             unnest([zero_shot_accuracy, prompted_accuracy, converted_accuracy]) AS accuracy,
             unnest([zero_shot_accuracy_half, prompted_accuracy_half, converted_accuracy_half]) AS half
      FROM cells() WHERE dtype = 'float32' AND prompted_accuracy IS NOT NULL)
ORDER BY ALL
"""
rows = sweep.sql(QUERY).df()
rows

# %%
base = alt.Chart(rows.assign(low=rows.accuracy - rows.half, high=rows.accuracy + rows.half), width=200, height=180).encode(
    alt.X("shots:O", title="demonstrations").axis(labelAngle=0),
    alt.XOffset("way"),
    alt.Color("way", title=None),
    alt.Shape("way", title=None),
)
dots = base.mark_point(filled=True, size=60, opacity=1).encode(alt.Y("accuracy", title="accuracy"))
(base.mark_rule().encode(alt.Y("low", title="accuracy"), alt.Y2("high")) + dots).facet(alt.Facet("model", title=None), columns=3)

# %%
most = rows[rows.shots == rows.groupby("model").shots.transform("max")]
means = most.groupby("way").accuracy.mean()
Markdown(
    f"**Answer.** Converted and prompted accuracy differ by at most {rows.converted_minus_prompted.abs().max():.4f} in a cell. "
    f"With the most demonstrations of each model, mean accuracy is {means['zero-shot']:.3f} without them, "
    f"{means['prompted']:.3f} with them in the prompt and {means['converted']:.3f} converted."
)

# %% [markdown]
# `icl_sweep.compare(A, B)` pairs two sweeps by demonstration set and query, and corrects for the number of cells.

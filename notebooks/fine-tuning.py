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
# # Where do in-context learning and fine-tuning agree?
#
# Each demonstration set is used twice: as a context, and as the data of a few steps of gradient descent
# ([arXiv:2212.10559](https://arxiv.org/abs/2212.10559)).
#
# The sample is a small version of `conf/sweeps/meta-optimizer.conf`. For a sweep of your own, name its directory:

# %% tags=["parameters"]
SWEEP = "sample/meta-optimizer"

# %%
import altair as alt
import icl_sweep
from IPython.display import Markdown

alt.renderers.enable("png", scale_factor=1.5)
sweep = icl_sweep.read(SWEEP)

# %% [markdown]
# Of the queries that the bare model answers wrongly and fine-tuning puts right, the share that the context puts right too
# (Rec2FTP), beside its value if the two were independent: the share of all these queries that the context puts right. Each
# variant's learning rate is the one that validation queries chose.

# %%
QUERY = """
SELECT model, task, c.comparison AS comparison, count(*) AS sets, sum(c.right_of_these) AS put_right,
       sum(c.both_right_of_these) / nullif(sum(c.right_of_these), 0) AS recall,
       sum(c.reference_right_of_these) / nullif(sum(c.zero_shot_wrong), 0) AS independent,
       avg(prompted_accuracy) AS icl_accuracy, avg(c.accuracy) AS fine_tuned_accuracy,
       avg(list_avg([l.sim_aou FOR l IN c.layers])) AS update_cosine
FROM (SELECT model, task, prompted_accuracy, unnest(comparisons) AS c FROM meta_optimizer WHERE status = 'ok')
WHERE c.reference = 'icl' AND c.chosen AND NOT c.diverged
  AND c.comparison IN ('keys-and-values', 'layer-causal', 'values', 'whole-model')
GROUP BY ALL ORDER BY ALL
"""
rows = sweep.sql(QUERY).df()
rows

# %%
shares = rows.rename(columns={"recall": "observed", "independent": "if independent"}).melt(
    ["task", "comparison"], ["observed", "if independent"], "kind", "share"
)
alt.Chart(shares, width=360, height=alt.Step(16)).mark_bar().encode(
    alt.X("share", title="of the queries that fine-tuning puts right, those that the context does too"),
    alt.Y("comparison", title=None),
    alt.YOffset("kind"),
    alt.Color("kind", title=None),
).facet(row=alt.Row("task", title=None))

# %%
most = rows.loc[(rows.recall - rows.independent).idxmax()]
Markdown(
    f"**Answer.** They agree most where fine-tuning changes {most.comparison} ({most.task}): the context puts right"
    f" {most.recall:.1%} of the {most.put_right:.0f} queries of {most.sets} sets that fine-tuning does, against {most.independent:.1%} if the two were"
    f" independent; the cosine of their updates is {most.update_cosine:.2f}."
)

# %% [markdown]
# Agreement beyond independence need not mean the same mechanism: some sets and queries are easier for both.
# `conf/queries/meta-optimizer.sql` has the null baselines within sets, the controls and bootstrap intervals.

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
# # Which demonstrations matter?
#
# Each demonstration of a set is left out once. A loss that is smaller with it than without it is its help.
#
# The sample is a small version of `conf/sweeps/influence.conf`. For a sweep of your own, name its directory:

# %% tags=["parameters"]
SWEEP = "sample/influence"

# %%
import altair as alt
import icl_sweep
from IPython.display import Markdown

alt.renderers.enable("png", scale_factor=1.5)
sweep = icl_sweep.read(SWEEP)

# %% [markdown]
# `loss_change` is the loss with the whole set minus the loss without the demonstration, in nats: negative where it helps. Position
# 0 is read first. The interval is over demonstrations of that position, one in each set.

# %%
QUERY = """
SELECT model, position, count(*) AS demonstrations, avg(loss_change) AS loss_change,
       half_interval(stddev_samp(loss_change), count(*)) AS half, avg(mean_kl) AS mean_kl,
       avg((loss_change > 0)::INTEGER) AS harmful
FROM demonstration_effects() GROUP BY ALL ORDER BY ALL
"""
rows = sweep.sql(QUERY).df()
rows

# %%
base = alt.Chart(rows.assign(low=rows.loss_change - rows.half, high=rows.loss_change + rows.half), width=260, height=200).encode(
    alt.X("position:O", title="position in the context").axis(labelAngle=0)
)
bars = base.mark_bar(opacity=0.6).encode(alt.Y("loss_change", title="change of the loss, nats"))
(bars + base.mark_rule().encode(alt.Y("low", title=""), alt.Y2("high"))).facet(alt.Facet("model", title=None)).resolve_scale(
    y="independent"
)

# %%
lines = []
for model, own in rows.groupby("model"):
    best = own.loc[own.loss_change.idxmin()]
    harmful = (own.harmful * own.demonstrations).sum() / own.demonstrations.sum()
    lines.append(
        f"{model}: the demonstration at position {best.position:.0f} of {len(own)} helps most, {-best.loss_change:.3f} ± {best.half:.3f}"
        f" nats on average, and {harmful:.0%} of all demonstrations do harm"
    )
Markdown("**Answer.** " + "; ".join(lines) + ".")

# %% [markdown]
# Converted contexts make this cheap: a set without one of its demonstrations is a sum without one of its terms, or a context that
# shares its beginning. [docs/reference/tables.md](../docs/reference/tables.md) has the other columns of `influence`.

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
# # Which approximation is best at a given size?
#
# Softmax attention has no exact state of fixed size. Its context can be kept whole (`full-cache`) or approximated in fewer
# bytes.
#
# The sample is a small version of `conf/sweeps/softmax-pareto.conf`. For a sweep of your own, name its directory:

# %% tags=["parameters"]
SWEEP = "sample/softmax-pareto"

# %%
import altair as alt
import icl_sweep
from IPython.display import Markdown

alt.renderers.enable("png", scale_factor=1.5)
sweep = icl_sweep.read(SWEEP)

# %% [markdown]
# Mean relative error of the logits against the bytes that the context takes. A method is on the front where no other one is as
# small and as exact.

# %%
QUERY = """
WITH points AS (
  SELECT model, method, split_part(method, ' ', 1) AS family, bias_bytes AS bytes, mean_rel_logit_error AS error,
         converted_accuracy, prompted_accuracy
  FROM cells() WHERE model LIKE '%softmax' AND bias_bytes > 0 AND mean_rel_logit_error IS NOT NULL)
SELECT *, NOT EXISTS (SELECT 1 FROM points AS q
                      WHERE q.model = p.model AND q.bytes <= p.bytes AND q.error <= p.error
                        AND (q.bytes < p.bytes OR q.error < p.error)) AS front
FROM points AS p ORDER BY model, bytes, error, method
"""
rows = sweep.sql(QUERY).df()
rows

# %%
base = alt.Chart(rows, width=300, height=240).encode(
    alt.X("bytes", title="bytes of the context").scale(type="log").axis(grid=False, format="~s", tickCount=5),
    alt.Y("error", title="mean relative error").scale(type="log").axis(grid=False, format=".0e"),
)
dots = base.mark_point(filled=True, size=70, opacity=0.9).encode(alt.Color("family", title=None), alt.Shape("family", title=None))
front = base.transform_filter("datum.front").mark_line(color="grey", strokeDash=[3, 3])
(front + dots).facet(alt.Facet("model", title=None)).resolve_scale(x="independent")

# %%
lines = []
for model, own in rows.groupby("model"):
    budget = own[own.family == "full-cache"].bytes.min() / 2
    best = own[own.bytes <= budget].sort_values("error").iloc[0]
    lines.append(
        f"{model}: {best.method} with {best.bytes:,.0f} of {2 * budget:,.0f} bytes, relative error {best.error:.1e}, accuracy"
        f" {best.converted_accuracy:.3f} against {best.prompted_accuracy:.3f} prompted"
    )
Markdown("**Answer.** In half the bytes of the whole cache, the smallest error is that of " + "; ".join(lines) + ".")

# %% [markdown]
# Other budgets: change `budget`. Cost besides bytes, such as the seconds that a conversion takes, is in `cells()` too.

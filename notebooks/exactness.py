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
# # How exact is a conversion, at what length and precision?
#
# A conversion puts a context into the weights: the converted model reads the query alone, and its logits should be those of
# the prompted run over context and query.
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
# The relative error of a query is ‖converted − prompted‖ / ‖prompted‖ of its logits. `errors_by_length()` is one of icl-sweep's
# macros ([docs/reference/tables.md](../docs/reference/tables.md)): the largest error of the contexts of at most `up_to_tokens` tokens, and of more
# than half as many.

# %%
QUERY = """
SELECT model, dtype, up_to_tokens, trials, max_rel_logit_error
FROM errors_by_length() WHERE up_to_tokens > 0 ORDER BY ALL
"""
rows = sweep.sql(QUERY).df()
rows

# %%
alt.Chart(rows[rows.max_rel_logit_error > 0], width=220, height=180).mark_line(point=True).encode(
    alt.X("up_to_tokens", title="tokens of the context, up to").scale(type="log", base=2),
    alt.Y("max_rel_logit_error", title="largest relative error").scale(type="log").axis(format=".0e"),
    alt.Color("dtype", title="precision"),
    alt.Shape("dtype", title="precision"),
    alt.Facet("model", title=None, columns=3),
)

# %%
worst = rows.groupby("dtype").max_rel_logit_error.max()
tokens = rows.up_to_tokens.max()
Markdown(
    "**Answer.** The largest relative error of the logits is "
    + " and ".join(f"{error:.1e} in {dtype}" for dtype, error in worst.items())
    + f", over {rows.trials.sum():,} conversions of contexts of up to {tokens:,} tokens."
)

# %% [markdown]
# The errors are those of rounding: in float64 they are smaller by the ratio of the two precisions, and they do not grow by
# orders of magnitude with the context. [docs/explanation/numerics.md](../docs/explanation/numerics.md) has the bounds.
